internal import TadweenCore

/// What waits for the workflow's state, and what has waited too long (rules R13, R16).
extension Engine {
  /// Asks the predicates now, and after each update.
  func observe(_ state: SharedState) {
    let stages = stages.filter { $0.options.deferral != nil }
    if stages.isEmpty { return }
    state.observe { values, version in for stage in stages { stage.look(at: values, version: version) } }
  }

  /// Ends a message that no worker has in hand.
  func fail(_ wait: ExpiredWait, of stage: StageRuntime) async {
    let delivery = wait.delivery
    // False: it was cancelled meanwhile.
    guard delivery.begin() else { return }
    hooks.admit(1)
    defer { hooks.dismiss(1) }
    let (kind, error) = wait.cause.failure(at: stage.name)
    let failure = stage.failure(kind, error, delivery)
    let (decision, elapsed) = stage.decide(failure, error, of: delivery, begunAt: stage.time.now)
    let transitions = [Transition(of: delivery, decision.ending(failure, of: delivery, elapsed: elapsed))]
    await waitForRoom(for: transitions, of: stage)
    guard let result = await commit(transitions, of: stage) else { return }
    enqueue(result.deliveries)
    await stage.work.expired(delivery, wait.message, failure, decision, of: stage)
  }
}

extension WaitingTooLong {
  fileprivate func failure(at stage: String) -> (Failure.Kind, TadweenError) {
    switch self {
    case .inQueue(let timeout):
      (
        .queueTimeout,
        TadweenError(.timedOut, "it waited longer than its queue timeout of \(timeout)", stage: stage)
      )
    case .deferred(let timeout):
      (
        .deferral,
        TadweenError(
          .deferralTimedOut,
          "the state that it waits for did not come within \(timeout): update the workflow's state in time, or give its "
            + "Deferral a longer timeout", stage: stage)
      )
    case .predicateThrew(let reason):
      (
        .deferral,
        TadweenError(
          .deferralTimedOut,
          "the predicate of its deferral threw: \(reason). It is asked again when the workflow's state is updated",
          stage: stage)
      )
    }
  }
}
