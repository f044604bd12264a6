// swift-tools-version: 6.2
import PackageDescription

// The settings of Tadween's own targets, for the same reasons: see the package above this one.
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
  name: "AudioPipeline",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "audio-pipeline", targets: ["AudioPipeline"])
  ],
  dependencies: [
    .package(name: "tadween", path: "../.."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    // The demo's file server on loopback: small, and without SwiftNIO, so that it compiles in seconds.
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    .executableTarget(
      name: "AudioPipeline",
      dependencies: [
        "CPocketSphinx",
        .product(name: "Tadween", package: "tadween"),
        .product(name: "TadweenSQLite", package: "tadween"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),

    // The speech recogniser, a C library of the system's, found by pkg-config.
    .systemLibrary(
      name: "CPocketSphinx",
      pkgConfig: "pocketsphinx",
      providers: [.apt(["libpocketsphinx-dev"])]),

    .testTarget(
      name: "AudioPipelineTests",
      dependencies: [
        "AudioPipeline",
        .product(name: "Tadween", package: "tadween"),
        .product(name: "TadweenTesting", package: "tadween"),
      ],
      swiftSettings: settings),
  ]
)
