public import TadweenCore

/// A message as a subscriber gets it: the value, and the message that carried it.
public struct TopicMessage<Value: Sendable>: Sendable {
  /// The payload, as the type that was subscribed to.
  public let value: Value
  /// The message itself, with its payload and its topic. The same for every subscription.
  public let message: Message
  /// How many messages right before this one were dropped, because the buffer was full; 0 but for ``TopicBuffer/newest(_:)``.
  public let missed: Int

  /// Unique to each publication.
  public var id: MessageID { message.id }
  /// What the publisher sent along.
  public var metadata: Metadata { message.metadata }

  init(_ delivery: TopicDelivery) throws(TadweenError) {
    message = delivery.message
    missed = delivery.missed
    do {
      value = try message.payload.converted(to: Value.self)
    } catch {
      throw TadweenError(
        .inputValidation, "A message on topic \"\(message.topic)\" cannot be delivered: \(error).", underlying: error)
    }
  }
}
