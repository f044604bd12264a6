/// A message as one subscription gets it.
package struct TopicDelivery: Sendable {
  package let message: Message
  /// How many messages before it were dropped from the subscription's full buffer.
  package let missed: Int

  package init(message: Message, missed: Int = 0) {
    self.message = message
    self.missed = missed
  }
}

/// One subscription of a topic: what waits for it, or who of it waits for something.
struct TopicMember<Consumer: Sendable>: Sendable {
  enum Offer {
    case handedTo(Consumer)
    case buffered
    /// The oldest made room.
    case dropped(Message)
  }

  private let policy: TopicBuffer
  private var buffer = Fifo<Message>()
  private var missed = 0
  /// Empty while the buffer is not.
  private(set) var consumers: [Consumer] = []

  init(_ policy: TopicBuffer) { self.policy = policy }

  var waiting: Int { buffer.count }
  /// Whether a publisher need not wait for it.
  var hasRoom: Bool { policy.kind != .bounded || buffer.count < policy.limit ?? .max }

  mutating func offer(_ message: Message) -> Offer {
    if !consumers.isEmpty { return .handedTo(consumers.removeFirst()) }
    buffer.append(message)
    guard policy.kind == .newest, let limit = policy.limit, buffer.count > limit, let oldest = buffer.popFirst() else {
      return .buffered
    }
    missed += 1
    return .dropped(oldest)
  }

  mutating func take() -> TopicDelivery? {
    guard let message = buffer.popFirst() else { return nil }
    defer { missed = 0 }
    return TopicDelivery(message: message, missed: missed)
  }

  mutating func wait(_ consumer: Consumer) { consumers.append(consumer) }

  /// What it will not get.
  mutating func drain() -> [Message] {
    var rest: [Message] = []
    while let message = buffer.popFirst() { rest.append(message) }
    return rest
  }
}
