import Tadween

/// What happened, in order, and whoever waits for something to be written.
final class Journal: Sendable {
  private struct State {
    var lines: [String] = []
    var readers = WaitList<Void>()
  }

  private let state = Locked(State())

  var lines: [String] { state.withLock { $0.lines } }

  func write(_ line: String) {
    let readers = state.withLock { state in
      state.lines.append(line)
      return state.readers.takeAll()
    }
    for reader in readers { reader.resume() }
  }

  func count(of line: String) -> Int { lines.count { $0 == line } }

  /// Suspends until the line has been written so many times.
  func wait(for line: String, times: Int = 1) async throws {
    while count(of: line) < times {
      try await state.wait(in: \.readers) { state in
        state.lines.count { $0 == line } >= times ? .success(()) : nil
      }
    }
  }

  /// Suspends until so many lines have been written.
  func wait(forLines count: Int) async throws {
    while lines.count < count {
      try await state.wait(in: \.readers) { $0.lines.count >= count ? .success(()) : nil }
    }
  }
}
