internal import TadweenCore

/// What listeners are given first.
extension Engine {
  var snapshot: WorkflowSnapshot {
    WorkflowSnapshot(
      stages: stages.map { stage in
        let (waiting, running) = stage.load
        return WorkflowSnapshot.Stage(name: stage.name, waiting: waiting, running: running)
      },
      unfinishedRuns: intake.count)
  }

  func listen(limit: Int, to run: Run? = nil) -> Listener {
    let listener = events.listen(limit: limit, run: run?.id) { .snapshot(snapshot) }
    // A run that was complete before anybody listened has nothing else to tell.
    if let run, let end = run.ticket.end(of: run.round) {
      listener.offer(.completed(end.run, end.outcome))
      listener.end()
    }
    return listener
  }
}
