public import TadweenCore

extension Topics {
  /// The numbers of one topic; zeros where it was never used.
  public func statistics(of topic: Topic) -> TopicStatistics {
    registry.withLock { $0.channels[topic] }?.statistics ?? TopicState<Never, Never>(topic).statistics
  }

  /// The numbers of all topics in the order of their names, and then those of the workflows' queues, in which each stage
  /// stands under its name.
  ///
  /// Each topic is read at one moment, but not all at the same. Costs one short lock a topic and a stage.
  public func statistics(including workflows: Workflow...) -> [TopicStatistics] {
    let channels = registry.withLock { Array($0.channels.values) }
    return channels.map(\.statistics).sorted { $0.topic.name < $1.topic.name } + workflows.flatMap(\.queueStatistics)
  }

  /// Lets go of a topic and its numbers, where nobody subscribes to it and nothing of it is in hand.
  ///
  /// A topic costs a few hundred bytes from its first use on. Where topics are named after data (`job/4711`), forget each
  /// when it is over, so that memory does not grow with them. A forgotten topic can be used again, and counts from nought.
  ///
  /// - Returns: false where something goes on in it, or it was never used.
  @discardableResult
  public func forget(_ topic: Topic) -> Bool {
    // Under both locks: who finds the channel afterwards is told by it to look again, and finds another.
    registry.withLock { registry in
      guard let channel = registry.channels[topic], channel.forget() else { return false }
      registry.channels[topic] = nil
      return true
    }
  }
}
