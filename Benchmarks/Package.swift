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
  products: [
    .executable(name: "tadween-bench", targets: ["tadween-bench"]),
    .executable(name: "tadween-bench-sqlite", targets: ["tadween-bench-sqlite"]),
  ],
  dependencies: [
    .package(name: "tadween", path: ".."),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .target(name: "CMemory"),
    .target(name: "Measure", dependencies: ["CMemory"], swiftSettings: settings),
    // A program of its own, which the other starts: with SQLite in it, that one would start more slowly than its users do.
    .executableTarget(
      name: "tadween-bench-sqlite",
      dependencies: [
        "Measure",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tadween", package: "tadween"),
        .product(name: "TadweenSQLite", package: "tadween"),
      ],
      path: "Sources/TadweenBenchSQLite",
      swiftSettings: settings),
    .executableTarget(
      name: "tadween-bench",
      dependencies: [
        "Measure",
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
