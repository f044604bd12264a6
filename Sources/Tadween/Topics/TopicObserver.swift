public import TadweenCore

/// Is told what happens on topics; for metrics, logs and audits.
///
/// ```swift
/// struct Alarm: TopicObserver {
///   func observe(_ event: TopicEvent) {
///     if case .failed(let message, let subscription, let error) = event { page("\(subscription): \(error)") }
///   }
/// }
/// let topics = Topics(observers: [Alarm()])
/// ```
/// What happens on one topic is told one after the other, in the order in which it happened; between topics no order is
/// promised. It is called with no lock held, in the task of whoever published, received, or left, which goes on when it
/// returns. Where several do so at once, one of them tells it all: keep it short.
public protocol TopicObserver: Sendable {
  /// Something happened.
  func observe(_ event: TopicEvent)
}

/// Something that happened on a topic.
public enum TopicEvent: Sendable {
  /// A message was published, to so many subscriptions.
  case published(Message, subscriptions: Int)
  /// A subscriber has the message in hand.
  case delivered(Message, SubscriptionID)
  /// The subscriber is done with it.
  case acknowledged(Message, SubscriptionID)
  /// The handler threw this, or the payload could not become the subscriber's type (``TadweenError`` with the code
  /// `inputValidation`). The subscription goes on with its next message.
  case failed(Message, SubscriptionID, any Error)
  /// The subscriber will not get the message: its buffer was full, or it unsubscribed.
  case dropped(Message, SubscriptionID)
  /// A subscription began.
  case subscribed(SubscriptionID)
  /// The subscription is over: it was cancelled or let go, or has got all and the topics are closed.
  case unsubscribed(SubscriptionID)
}
