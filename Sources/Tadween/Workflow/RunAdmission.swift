internal import TadweenCore

/// Has submitters wait while as many runs are unfinished as may be (rule R17).
final class RunAdmission: Sendable {
  private struct State: Sendable {
    var limit: RunLimit
    var waiters: [RunLimit.Submitter: CheckedContinuation<Bool, Never>] = [:]
    var lastSubmitter: RunLimit.Submitter = 0
    var isClosed = false
  }

  private let state: Locked<State>

  init(_ greatest: Int) { state = Locked(State(limit: RunLimit(greatest))) }

  /// Takes up to so many places, at least one. Suspends until there is one, in the order of the callers, or nobody need
  /// wait any longer.
  ///
  /// - Throws: `CancellationError` when the caller is cancelled first.
  func reserve(atMost wanted: Int) async throws -> Int {
    let submitter = state.withLock { state in
      state.lastSubmitter += 1
      return state.lastSubmitter
    }
    var count = 1
    let goesOn = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goesOn = state.withLock { state -> Bool? in
          if state.isClosed { return true }
          if Task.isCancelled { return false }
          let places = state.limit.reserve(atMost: wanted, for: submitter)
          if places > 0 {
            count = places
            return true
          }
          state.waiters[submitter] = continuation
          return nil
        }
        if let goesOn { continuation.resume(returning: goesOn) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.limit.forget(submitter)
        return state.waiters.removeValue(forKey: submitter)
      }
      waiter?.resume(returning: false)
    }
    guard goesOn else { throw CancellationError() }
    return count
  }

  func add(_ runs: Int) { state.withLock { $0.limit.add(runs) } }

  /// Runs are complete, or places were not needed.
  func release(_ places: Int) {
    guard places > 0 else { return }
    let admitted = state.withLock { state in
      state.limit.release(places).compactMap { state.waiters.removeValue(forKey: $0) }
    }
    for waiter in admitted { waiter.resume(returning: true) }
  }

  /// Nobody need wait: what is submitted from now on is refused.
  func close() {
    let waiters = state.withLock { state in
      state.isClosed = true
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume(returning: true) }
  }

  /// How many submitters wait.
  var waiting: Int { state.withLock { $0.limit.waitingSubmitters } }
}
