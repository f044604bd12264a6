import DurabilityTesting
import Foundation
import Subprocess
import TadweenSQLite
import Testing

/// The program that runs a durable workflow until it is killed: one process after the other, on one database and one log.
final class TortureLoopProgram {
  static let path = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "TortureLoop").path()

  private(set) var history = TortureHistory()
  /// How long it took until a process was built and had called a handler.
  private(set) var recoveries: [Duration] = []
  /// How many dead letters there were when all was complete.
  private(set) var letters: Int?
  private let folder: Folder
  private let poisoned: Set<Int>
  private var process = 0
  private var position: UInt64 = 0

  init(poisoned: Set<Int> = []) throws {
    folder = try Folder()
    self.poisoned = poisoned
    try #require(FileManager.default.fileExists(atPath: Self.path), "build TortureLoop: swift build --build-tests")
  }

  /// Goes on where the last process stopped.
  ///
  /// - Parameters:
  ///   - last: The last run that it may submit.
  ///   - complete: Those that are to say once more how they ended.
  ///   - death: How it is to die, in the words of the program.
  func run(upTo last: Int, complete: [Int], death: String) async throws -> (lines: [String], end: TerminationStatus) {
    process += 1
    history.begin(process)
    let first = (history.submitted.last ?? 0) + 1
    let start = Int(Date().timeIntervalSince1970 * 1_000_000)
    let result = try await Subprocess.run(
      .name("env"),
      // The runtime's own handler of crashes takes seconds to print a trace.
      arguments: Arguments(
        [
          "SWIFT_BACKTRACE=enable=no", Self.path, folder.path("runs.sqlite"), folder.path("effects.log"), "\(process)",
          "\(start)", list(poisoned.sorted()), list(history.unfinished), list(complete), "\(first)", "\(last)",
        ] + death.split(separator: " ").map(String.init)),
      output: .string(limit: 1 << 24), error: .discarded)
    let lines = result.standardOutput.split(separator: "\n").map(String.init)
    try readLog()
    for line in lines { read(line) }
    history.end()
    return (lines, result.terminationStatus)
  }

  /// What the database says of its runs, whatever the program said.
  func stored() throws -> SQLiteRunHistory { try SQLiteRunHistory(path: folder.path("runs.sqlite")) }

  private func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ",") }

  private func read(_ line: String) {
    let words = line.split(separator: " ").map(String.init)
    switch (words.first, words.count) {
    case ("submitted", 3): history.submit(Int(words[1]) ?? 0, words[2])
    case ("recovered", 2): recoveries.append(.microseconds(Int(words[1]) ?? 0))
    case ("letters", 2): letters = Int(words[1])
    case ("finished", 1): break
    default: history.report("the program said: \(line)")
    }
  }

  private func readLog() throws {
    // A process may be killed before it has begun its log.
    guard let log = FileHandle(forReadingAtPath: folder.path("effects.log")) else { return }
    defer { try? log.close() }
    try log.seek(toOffset: position)
    let data = try log.readToEnd() ?? Data()
    position += UInt64(data.count)
    for line in String(decoding: data, as: UTF8.self).split(separator: "\n") { history.read(line) }
  }
}
