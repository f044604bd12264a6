import Tadween

/// An observer that keeps what it is told.
final class CompletionLog: RunObserver {
  private struct State {
    var ends: [RunID: [RunEnd]] = [:]
    var readers = WaitList<Void>()
    var reaction: (@Sendable ([RunEnd]) -> Void)?
  }

  private let state = Locked(State())
  private let wait: Wait

  init(_ wait: Wait = Wait()) { self.wait = wait }

  /// What to do inside the next callback, and only that one.
  func react(_ reaction: @escaping @Sendable ([RunEnd]) -> Void) { state.withLock { $0.reaction = reaction } }

  func runsDidComplete(_ ends: [RunEnd]) {
    let (reaction, readers) = state.withLock { state in
      for end in ends { state.ends[end.run, default: []].append(end) }
      defer { state.reaction = nil }
      return (state.reaction, state.readers.takeAll())
    }
    reaction?(ends)
    for reader in readers { reader.resume() }
  }

  /// How often a run was announced.
  func count(of run: RunID) -> Int { state.withLock { $0.ends[run]?.count ?? 0 } }

  /// The runs that were announced more than once in one round; one that is redriven is complete again.
  var repeated: [RunID] {
    state.withLock { $0.ends.filter { Set($0.value.map(\.round)).count < $0.value.count }.map(\.key) }
  }

  /// Lets go of what it was told.
  func clear() { state.withLock { $0.ends = [:] } }

  /// Suspends until the run is announced.
  ///
  /// - Parameter round: Counts the redrives of a complete run.
  @discardableResult
  func end(of run: RunID, round: Int = 0) async throws -> RunEnd {
    let known = { (state: State) in state.ends[run]?.first { $0.round == round } }
    while true {
      if let end = state.withLock({ known($0) }) { return end }
      try await wait.for("a complete run to be announced") {
        try await state.wait(in: \.readers) { known($0) != nil ? .success(()) : nil }
      }
    }
  }
}
