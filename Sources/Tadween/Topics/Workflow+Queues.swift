public import TadweenCore

extension Workflow {
  /// The queues of its stages as topics, in the order of the graph; empty before ``build()`` and after
  /// ``close(timeout:)``. Costs two short locks a stage.
  public var queueStatistics: [TopicStatistics] {
    guard let engine = try? engine else { return [] }
    return engine.stages.map { stage in
      let (waiting, running) = stage.load
      return TopicStatistics(
        topic: Topic(stage.name), workflow: name, subscriptions: 1, waiting: waiting, running: running,
        waitingPublishers: stage.waitingPublishers)
    }
  }
}
