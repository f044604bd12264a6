/// A build under way, for all who wait for it.
///
/// It has a task of its own, so that one who is cancelled takes it from nobody else, and is cancelled once nobody waits.
final class Building: Sendable {
  private struct State: Sendable {
    var waiters = 0
    var task: Task<Void, Never>?
    /// Everyone who waited was cancelled.
    var isGivenUp = false
  }

  /// Opens when there is nothing more to be built or undone.
  let isOver = Latch<Result<Void, any Error>>()
  private let state = Locked(State())

  /// Begins. Whoever calls this waits for it next.
  func start(on executor: (any TaskExecutor)?, _ body: @escaping @Sendable () async -> Void) {
    // It belongs to all who wait, and to none of their tasks.
    let task = Task(executorPreference: executor) { await body() }
    state.withLock { $0.task = task }
  }

  func finish(_ result: Result<Void, any Error>) { isOver.open(result) }

  /// Suspends until it is over. Nil where it was given up by those who waited before, so that it has to begin anew.
  ///
  /// - Throws: `CancellationError` when the caller is cancelled first.
  func wait() async throws -> Result<Void, any Error>? {
    let isGivenUp = state.withLock { state in
      if !state.isGivenUp { state.waiters += 1 }
      return state.isGivenUp
    }
    guard !isGivenUp else {
      _ = try await isOver.wait()
      return nil
    }
    do {
      return try await isOver.wait()
    } catch {
      let abandoned = state.withLock { state -> Task<Void, Never>? in
        state.waiters -= 1
        guard state.waiters == 0 else { return nil }
        state.isGivenUp = true
        return state.task
      }
      if let abandoned {
        abandoned.cancel()
        await abandoned.value
      }
      throw error
    }
  }
}
