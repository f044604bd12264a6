// swift-tools-version: 6.2
import PackageDescription

// The settings of the package that is measured; the reasons stand in its manifest.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "tadween-benchmarks",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "tadween-bench", targets: ["tadween-bench"])],
  dependencies: [
    .package(name: "tadween", path: ".."),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
  ],
  targets: [
    .target(name: "CMemory"),
    .executableTarget(
      name: "tadween-bench",
      dependencies: [
        "CMemory",
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tadween", package: "tadween"),
      ],
      path: "Sources/TadweenBench",
      // The package manager keeps frame pointers, a plain swiftc does not: without this the loop would be slower here
      // than on its own, and the limit too low.
      swiftSettings: settings + [
        .unsafeFlags(["-Xcc", "-Xclang", "-Xcc", "-mframe-pointer=none"], .when(configuration: .release))
      ]),
  ]
)
