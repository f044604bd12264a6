internal import TadweenCore

/// What listeners are given first.
extension Engine {
  var snapshot: WorkflowSnapshot {
    // Complete before unfinished: a run that ends in between is in neither, and never in both.
    let (completed, failed) = runs.counts
    return WorkflowSnapshot(
      workflow: name, time: time.now, stages: stages.map(\.snapshot), unfinishedRuns: intake.count,
      completedRuns: completed, failedRuns: failed)
  }

  func listen(limit: Int, to run: Run? = nil) -> Listener {
    let listener = events.listen(limit: limit, run: run?.id) { .snapshot(snapshot) }
    // A run that was complete before anybody listened has nothing else to tell.
    if let run, let end = run.ticket.end(of: run.round) {
      listener.offer([.completed(end.run, end.outcome)])
      listener.end()
    }
    return listener
  }

  /// Attempts have ended, and that is recorded.
  func tell(of transitions: [Transition], _ result: CommitResult, of stage: StageRuntime, tellingStarts: Bool) {
    var told: [WorkflowEvent] = []
    told.reserveCapacity(transitions.count * (tellingStarts ? 2 : 1))
    for (position, transition) in transitions.enumerated() {
      let place = WorkflowEvent.Place(transition.delivery, of: stage)
      if tellingStarts { told.append(.started(place)) }
      if result.stale.contains(position) { continue }
      switch transition.ending {
      case .succeeded: told.append(.succeeded(place))
      case .failed where result.cut.contains(position), .retried where result.cut.contains(position),
        .parked where result.cut.contains(position):
        told.append(.cancelled(place))
      case .parked(let failure): told.append(.parked(place, failure))
      case .failed(let failure): told.append(.failed(place, failure))
      case .notTaken: told.append(.notTaken(place))
      case .cancelled: told.append(.cancelled(place))
      case .retried(let retry):
        told.append(.retrying(place, transition.ending.failure, after: retry.history.delay))
      }
    }
    events.emit(contentsOf: told)
  }
}

/// Attempts that begin. Those of a batch are told with their ends, or when the watch finds that one of them takes long.
extension StageRuntime {
  func tellStart(of delivery: Delivery) { events?.emit { .started(WorkflowEvent.Place(delivery, of: self)) } }

  func tellStarts(of transitions: [Transition]) {
    for transition in transitions { tellStart(of: transition.delivery) }
  }
}

/// Handlers that have not returned though they should.
extension StageRuntime {
  func tellOverrun(of delivery: Delivery, _ timeout: Duration) {
    events?.emit { .overran(WorkflowEvent.Place(delivery, of: self), timeout: timeout) }
  }

  /// - Parameter end: When its attempt ended.
  func tellReturn(of delivery: Delivery, after end: Duration) {
    events?.emit { .returned(WorkflowEvent.Place(delivery, of: self), after: time.now - end) }
  }

  func tellInterrupts(of deliveries: [Delivery]) {
    for delivery in deliveries { events?.emit { .interrupted(WorkflowEvent.Place(delivery, of: self)) } }
  }
}
