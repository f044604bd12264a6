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
      listener.offer(.completed(end.run, end.outcome))
      listener.end()
    }
    return listener
  }
}
