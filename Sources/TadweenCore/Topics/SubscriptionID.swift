/// Which subscription: its topic, and a number that no other subscription of that topic has, counted from 1.
public struct SubscriptionID: Hashable, Sendable, CustomStringConvertible {
  /// What it subscribes to.
  public let topic: Topic
  /// 1 for the topic's first subscription.
  public let number: UInt64

  package init(topic: Topic, number: UInt64) {
    self.topic = topic
    self.number = number
  }

  /// For instance `alerts#3`.
  public var description: String { "\(topic)#\(number)" }
}
