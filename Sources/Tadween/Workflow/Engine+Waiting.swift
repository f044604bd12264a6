internal import TadweenCore

/// What waits for the workflow's state, what has waited too long, and what somebody ends while it waits (rules R12, R13, R16).
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

  /// Ends what waits at a stage, cancelled. Returns how many that were.
  func cancelWaiting(at stage: StageRuntime) async throws -> Int {
    let count = Locked<Int?>(nil)
    // The caller's cancellation must not lose what was taken out.
    await perform {
      let cancelled = await self.cancel(stage.takeWaiting() + self.takeHeld(at: stage.id), at: stage)
      count.withLock { $0 = cancelled }
    }
    guard let count = count.withLock({ $0 }) else { throw closed() }
    return count
  }

  /// Nil where the engine stopped before it was recorded.
  private func cancel(_ waiting: [Delivery], at stage: StageRuntime) async -> Int? {
    hooks.admit(1)
    defer { hooks.dismiss(1) }
    var count = 0
    var rest = waiting[...]
    while !rest.isEmpty {
      let chunk = rest.prefix(1_000)
      rest = rest.dropFirst(chunk.count)
      var transitions: [Transition] = []
      for delivery in chunk {
        if delivery.begin() {
          transitions.append(Transition(of: delivery, .cancelled(nil)))
        } else {
          // It was cancelled with its run meanwhile, or came twice.
          stage.drop(delivery)
        }
      }
      guard let result = await commit(transitions, of: stage) else { return nil }
      enqueue(result.deliveries)
      count += transitions.count - result.stale.count
    }
    return count
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
