import Foundation
import Subprocess
import Testing

/// The program that saves until it is killed, which is built beside the tests.
enum SaveLoopProgram {
  static let path = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "SaveLoop").path()

  /// What it said, line by line, and how it ended.
  static func run(
    _ kind: StoreKind, _ path: String, _ arguments: String...
  ) async throws -> (lines: [String], end: TerminationStatus) {
    try #require(FileManager.default.fileExists(atPath: Self.path), "build SaveLoop: swift build --build-tests")
    let result = try await Subprocess.run(
      .name("env"), arguments: Arguments([Self.path, kind.rawValue, path] + arguments),
      output: .string(limit: 1 << 20), error: .discarded)
    return (result.standardOutput.split(separator: "\n").map(String.init), result.terminationStatus)
  }
}
