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

  func listen(limit: Int, to ticket: (any RunTicket)? = nil) -> Listener {
    let listener = events.listen(limit: limit, run: ticket?.run) { .snapshot(snapshot) }
    // A run that was complete before anybody listened has nothing else to tell.
    if let end = ticket?.end {
      listener.offer([.completed(end.run, end.outcome)])
      listener.end()
    }
    return listener
  }

  /// Attempts have ended, and that is recorded.
  func tell(of transitions: [Transition], _ result: CommitResult, of stage: StageRuntime) {
    var told: [WorkflowEvent] = []
    told.reserveCapacity(transitions.count)
    for (position, transition) in transitions.enumerated() where !result.stale.contains(position) {
      let place = WorkflowEvent.Place(transition.delivery, of: stage)
      switch transition.ending {
      case .succeeded: told.append(.succeeded(place))
      case .failed where result.cut.contains(position), .retried where result.cut.contains(position):
        told.append(.cancelled(place))
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

extension StageRuntime {
  /// An attempt begins. What a worker took together is told together: after the batch, or when the watch finds that one of
  /// it takes long.
  func tellStart(of delivery: Delivery, in slot: Slot) {
    let event = WorkflowEvent.started(WorkflowEvent.Place(delivery, of: self))
    let isKept = slot.hand.withLock { hand in
      if hand.isBatch { hand.begun.append(event) }
      return hand.isBatch
    }
    if !isKept { events?.emit { event } }
  }

  /// Tells what was begun of a batch.
  func tellStarts(in slot: Slot) {
    guard let events, events.isObserved else { return }
    let begun = slot.hand.withLock { hand in
      defer { hand.begun = [] }
      return hand.begun
    }
    events.emit(contentsOf: begun)
  }
}
