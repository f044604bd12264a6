/// What happens to messages that a subscription has not taken yet.
///
/// Each subscription has a buffer of its own, so one that is slow fills its own and nobody else's.
public struct TopicBuffer: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case unbounded
    case bounded
    case newest
  }

  package let kind: Kind
  /// The greatest number of messages that wait; nil: any number.
  public let limit: Int?

  /// Keeps everything, whatever it costs in memory. The default.
  public static let unbounded = TopicBuffer(kind: .unbounded, limit: nil)

  /// Keeps everything, and makes publishers wait while so many messages do.
  ///
  /// It is the topic's publishers that wait, and they publish to nobody meanwhile: a subscription that asks for this
  /// paces the whole topic. Do not publish to a topic from a handler of its own bounded subscription: once it is full,
  /// the handler waits for itself.
  public static func bounded(_ limit: Int) -> TopicBuffer { TopicBuffer(kind: .bounded, limit: limit) }

  /// Keeps the newest messages and drops the oldest. The next message that is delivered says how many were dropped
  /// before it. Publishers never wait for it.
  public static func newest(_ limit: Int) -> TopicBuffer { TopicBuffer(kind: .newest, limit: limit) }
}
