internal import TadweenCore

/// The hold on one subscription, shared by its copies and iterators: with the last of them the subscription ends.
final class TopicMembership: Sendable {
  let id: SubscriptionID
  private let channel: TopicChannel

  init(_ id: SubscriptionID, of channel: TopicChannel) {
    self.id = id
    self.channel = channel
  }

  deinit { cancel() }

  func cancel() { channel.unsubscribe(id) }

  /// The next message whose payload can be had as this type.
  func next<Value>() async -> TopicMessage<Value>? {
    while let delivery = await channel.take(for: id) {
      do {
        return try TopicMessage(delivery)
      } catch {
        settle(delivery.message, failure: error)
      }
    }
    return nil
  }

  /// Called once for each message that ``next()`` returned.
  func settle(_ message: Message, failure: (any Error)? = nil) { channel.settle(message, of: id, failure: failure) }
}
