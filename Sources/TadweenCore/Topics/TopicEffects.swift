extension TopicState {
  /// What a step asks of whoever made it, once the state is let go.
  package struct Effects: Sendable {
    /// Messages that were published, and to how many.
    package var published: [(message: Message, subscriptions: Int)] = []
    /// Consumers that waited, each with what it gets.
    package var handed: [(consumer: Consumer, delivery: TopicDelivery)] = []
    /// Consumers that get nothing more.
    package var ended: [Consumer] = []
    /// Publishers whose message is published now.
    package var admitted: [Publisher] = []
    /// Publishers whose message will not be published, because the topic is closed.
    package var refused: [Publisher] = []
    /// What a subscription will not get.
    package var dropped: [(message: Message, subscription: SubscriptionID)] = []
    package var unsubscribed: [SubscriptionID] = []
    /// The topic is closed, and the last delivery is over.
    package var isDrained = false

    package init() {}
  }
}
