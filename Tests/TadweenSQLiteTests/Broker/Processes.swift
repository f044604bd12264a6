import Foundation
import Logging
import Tadween
import TadweenSQLite

/// What successive processes do to one file, in one process: each has a copy of what the last one left, as a kill leaves it.
struct Processes {
  private let folder: Folder
  private(set) var number = 0

  init() throws { folder = try Folder() }

  var path: String { folder.path("\(number)-runs.sqlite") }

  /// The process dies, now: what it had not written is lost, and what it still writes nobody sees.
  mutating func die() throws {
    let left = path
    number += 1
    for end in ["", "-wal", "-owner"] where FileManager.default.fileExists(atPath: left + end) {
      try FileManager.default.copyItem(atPath: left + end, toPath: path + end)
    }
  }

  func workflow(
    _ options: SQLiteBrokerOptions = SQLiteBrokerOptions(synchronous: .off), runTimeout: Duration? = nil,
    clock: any Clock<Duration> = ContinuousClock(), _ wire: (Workflow) throws -> Void
  ) async throws -> Workflow {
    let workflow = Workflow(
      name: "test", broker: .sqlite(path, options: options), runTimeout: runTimeout, clock: clock, logger: .silent)
    try wire(workflow)
    try await workflow.build()
    return workflow
  }
}

extension Logger {
  static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// What happened, in its order.
final class Diary: Sendable {
  private let state = Locked<(lines: [String], waiters: [(String, CheckedContinuation<Void, Never>)])>(([], []))

  var lines: [String] { state.withLock { $0.lines } }

  func write(_ line: String) {
    let due = state.withLock { state in
      state.lines.append(line)
      defer { state.waiters.removeAll { $0.0 == line } }
      return state.waiters.filter { $0.0 == line }.map(\.1)
    }
    for waiter in due { waiter.resume() }
  }

  func wait(for line: String) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if !state.lines.contains(line) { state.waiters.append((line, continuation)) }
        return state.lines.contains(line)
      }
      if isThere { continuation.resume() }
    }
  }
}

/// Stands in the way of whoever comes, until their task is cancelled.
func stand() async throws {
  let (stream, _) = AsyncStream<Void>.makeStream()
  for await _ in stream {}
  throw CancellationError()
}
