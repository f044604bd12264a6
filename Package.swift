// swift-tools-version: 6.2
import PackageDescription

// One list of settings for every target, each with its reason.
let settings: [SwiftSetting] = [
  // `any` marks the places where a type is erased at run time.
  .enableUpcomingFeature("ExistentialAny"),
  // A file names each module whose members it uses; no import leaks in from a neighbour.
  .enableUpcomingFeature("MemberImportVisibility"),
  // A dependency becomes part of the public interface only where the code says `public import`.
  .enableUpcomingFeature("InternalImportsByDefault"),
  // An async function stays where its caller runs: no hop per message.
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  // Every use of an unsafe construct is marked `unsafe` where it stands.
  .strictMemorySafety(),
  // Own targets only; dependencies keep their warnings.
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "tadween",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Tadween", targets: ["Tadween"]),
    .library(name: "TadweenSQLite", targets: ["TadweenSQLite"]),
    .library(name: "TadweenTesting", targets: ["TadweenTesting"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .target(
      name: "TadweenCore",
      dependencies: [.product(name: "HeapModule", package: "swift-collections")]),
    .target(
      name: "Tadween",
      dependencies: [
        "TadweenCore",
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ]),
    .target(
      name: "TadweenSQLite",
      dependencies: [
        "Tadween",
        "TadweenCore",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    .target(name: "TadweenTesting", dependencies: ["Tadween"]),
    // A program that imports only Tadween, to see what it loads.
    .executableTarget(name: "Light", dependencies: ["Tadween"], path: "Tests/Light"),
    // A disk for SQLite that loses power, and the artifact that is saved while things go wrong.
    .target(
      name: "DurabilityTesting",
      dependencies: ["Tadween", .product(name: "GRDBSQLite", package: "GRDB.swift")], path: "Tests/DurabilityTesting"),
    // A program that saves until it is killed.
    .executableTarget(
      name: "SaveLoop", dependencies: ["DurabilityTesting", "Tadween", "TadweenSQLite"], path: "Tests/SaveLoop"),
    // A program that runs a durable workflow until it is killed.
    .executableTarget(
      name: "TortureLoop", dependencies: ["DurabilityTesting", "Tadween", "TadweenSQLite"], path: "Tests/TortureLoop"),
    .testTarget(name: "TadweenCoreTests", dependencies: ["TadweenCore"]),
    .testTarget(
      name: "TadweenSQLiteTests",
      dependencies: [
        "TadweenSQLite",
        "TadweenTesting",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .testTarget(
      name: "DurabilityTests",
      dependencies: [
        "DurabilityTesting",
        "TadweenSQLite",
        "TadweenTesting",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ]),
    // An executable and no test: it searches millions of states, which wants a release build.
    .executableTarget(name: "ModelCheck", dependencies: ["TadweenCore"], path: "Tests/ModelCheck"),
    .testTarget(
      name: "TadweenTests",
      dependencies: [
        "Tadween",
        "TadweenCore",
        "TadweenSQLite",
        "TadweenTesting",
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ]),
  ]
)

for target in package.targets { target.swiftSettings = (target.swiftSettings ?? []) + settings }
