internal import TadweenCore

/// Has submitters wait while as many runs are unfinished as may be (rule R17).
final class RunAdmission: Sendable {
  private struct State: Sendable {
    var limit: RunLimit
    var submitters = TurnList()
    var isClosed = false
  }

  let greatest: Int
  private let state: Locked<State>

  init(_ greatest: Int) {
    self.greatest = greatest
    state = Locked(State(limit: RunLimit(greatest)))
  }

  /// Takes up to so many places, at least one. Suspends until there is one, in the order of the callers, or nobody need
  /// wait any longer.
  ///
  /// - Throws: `CancellationError` when the caller is cancelled first.
  func reserve(atMost wanted: Int) async throws -> Int {
    var count = 1
    let goesOn = await state.waitForTurn(in: \.submitters) { state, submitter in
      if state.isClosed { return true }
      let places = state.limit.reserve(atMost: wanted, for: submitter)
      count = max(1, places)
      return places > 0
    } forget: { state, submitter in
      state.limit.forget(submitter)
    }
    guard goesOn else { throw CancellationError() }
    return count
  }

  func add(_ runs: Int) { state.withLock { $0.limit.add(runs) } }

  /// Runs are complete, or places were not needed.
  func release(_ places: Int) {
    guard places > 0 else { return }
    let admitted = state.withLock { state in
      state.submitters.take(state.limit.release(places))
    }
    for waiter in admitted { waiter.resume(returning: true) }
  }

  /// Nobody need wait: what is submitted from now on is refused.
  func close() {
    let waiters = state.withLock { state in
      state.isClosed = true
      return state.submitters.takeAll()
    }
    for waiter in waiters { waiter.resume(returning: true) }
  }

  /// How many submitters wait.
  var waiting: Int { state.withLock { $0.limit.waitingSubmitters } }
}
