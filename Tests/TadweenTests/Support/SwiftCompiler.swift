import Foundation
import Subprocess

/// Checks the types of a program against the modules that this test run was built from.
enum SwiftCompiler {
  /// What the compiler says of a program; empty where it compiles.
  static func diagnostics(of source: String, _ options: [String] = []) async throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tadween-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Called main.swift, so that statements may stand at its top level.
    let file = folder.appending(path: "main.swift")
    try source.write(to: file, atomically: true, encoding: .utf8)
    let arguments =
      ["-typecheck", "-swift-version", "6", "-warnings-as-errors", file.path()] + options + moduleFlags
    let result = try await run(
      .name("swiftc"), arguments: Arguments(arguments), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    return result.terminationStatus == .exited(0) ? "" : result.standardError + result.standardOutput
  }

  /// Where the built modules are, and the module maps of the C targets beneath them.
  private static let moduleFlags: [String] = {
    let build = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    let maps = moduleMaps(under: build) + moduleMaps(under: scratch(of: build).appending(path: "checkouts"))
    return ["-I", build.appending(path: "Modules").path()]
      + maps.flatMap {
        ["-Xcc", "-fmodule-map-file=\($0)", "-Xcc", "-I\(URL(filePath: $0).deletingLastPathComponent().path())"]
      }
  }()

  /// The folder that holds the checkouts: the first one above the build folder that does.
  private static func scratch(of build: URL) -> URL {
    var folder = build
    while folder.path() != "/" {
      folder = folder.deletingLastPathComponent()
      if FileManager.default.fileExists(atPath: folder.appending(path: "checkouts").path()) { return folder }
    }
    return build
  }

  private static func moduleMaps(under folder: URL) -> [String] {
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { ($0 as? URL)?.path() } ?? [])
      .filter { $0.hasSuffix("/include/module.modulemap") || $0.hasSuffix("/GRDBSQLite/module.modulemap") }
      .filter { $0.contains("/Sources/") }
      .sorted()
  }
}
