// swift-tools-version: 6.2
import PackageDescription

// A program that imports only Tadween, to see what it loads.
let package = Package(
  name: "light",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "tadween", path: "../..")],
  targets: [
    .executableTarget(
      name: "light", dependencies: [.product(name: "Tadween", package: "tadween")], path: "Sources/Light")
  ]
)
