public import Logging
public import TadweenCore

/// Publish and subscribe on topics of your own, beside workflows and without a run.
///
/// ```swift
/// let topics = Topics()
/// let alerts = try topics.subscribe(to: "alerts", as: Alert.self)
/// async let printing: Void = alerts.forEach { alert in print(alert.value.text) }
///
/// try await topics.publish(Alert(text: "disk full"), to: "alerts")
/// try await topics.close()
/// await printing
/// ```
/// Every subscription gets each message that is published after it began. Each has a buffer of its own, so what one is slow
/// or fails at, the others do not notice, unless its buffer makes publishers wait. A topic is there as soon as it is named.
/// Messages live in this process's memory; nothing is kept of those that are over, but for the numbers in
/// ``statistics(including:)``.
///
/// One that is let go without ``close(timeout:)`` takes no more, and its subscriptions end when they have what was
/// published.
public final class Topics: Sendable {
  struct Registry: Sendable {
    var channels: [Topic: TopicChannel] = [:]
    var isClosed = false
  }

  let clock: any Clock<Duration>
  let registry = Locked(Registry())
  private let observers: [any TopicObserver]
  private let logger: Logger
  private let ids = MessageIDSequence()

  /// Makes an empty set of topics. It starts nothing: there is no task but those of publishers and subscribers.
  ///
  /// - Parameters:
  ///   - observers: Told of everything that happens on any topic.
  ///   - clock: What the timeout of ``close(timeout:)`` is measured with.
  ///   - logger: Where failures of handlers are logged.
  public init(
    observers: [any TopicObserver] = [], clock: any Clock<Duration> = ContinuousClock(),
    logger: Logger = Logger(label: "tadween")
  ) {
    self.observers = observers
    self.clock = clock
    self.logger = logger
  }

  deinit { for channel in shut() ?? [] { channel.close() } }

  /// Publishes a payload to all who subscribe to the topic; a dictionary literal will do.
  ///
  /// It returns when every subscription's buffer has the message. Where nobody subscribes it goes to nobody.
  ///
  /// - Parameters:
  ///   - payload: What subscribers get; the same value for each, not copied and not encoded.
  ///   - topic: Its name; there is nothing to declare.
  ///   - metadata: Facts that travel with the message.
  /// - Returns: The message's id, unique to this publication.
  /// - Throws: ``TadweenError`` with the code `brokerClosed` after ``close(timeout:)``; `CancellationError` when the caller
  ///   is cancelled while a ``TopicBuffer/bounded(_:)`` subscription is full. Whenever it throws, nobody got the message.
  ///   Without bounded subscriptions it never waits.
  @discardableResult
  public func publish(_ payload: Payload, to topic: Topic, metadata: Metadata = [:]) async throws -> MessageID {
    let message = Message(id: ids.next(), topic: topic, payload: payload, metadata: metadata)
    while try await !channel(of: topic).publish(message) {}
    return message.id
  }

  /// Publishes a value of any type.
  @_disfavoredOverload @discardableResult
  public func publish<Value: Sendable>(
    _ value: Value, to topic: Topic, metadata: Metadata = [:]
  ) async throws -> MessageID {
    try await publish(Payload(value), to: topic, metadata: metadata)
  }

  /// Subscribes to a topic. Everything that is published once this has returned is delivered, however late it is read.
  ///
  /// - Parameters:
  ///   - topic: Its name; there is nothing to declare.
  ///   - type: What the messages' values are read as. Values of this type are passed on as they are, at no cost; others are
  ///     converted through JSON where they can be, and else fail. ``Payload`` takes everything as it comes.
  ///   - buffer: What happens to messages that are not read yet: all are kept by default.
  /// - Returns: The subscription, which lasts as long as you hold it or an iterator of it.
  /// - Throws: ``TadweenError`` with the code `invalidArgument` where the buffer's limit is less than 1, `brokerClosed` after
  ///   ``close(timeout:)``.
  public func subscribe<Value: Sendable>(
    to topic: Topic, as type: Value.Type = Payload.self, buffer: TopicBuffer = .unbounded
  ) throws(TadweenError) -> TopicSubscription<Value> {
    if let limit = buffer.limit, limit < 1 {
      throw TadweenError(
        .invalidArgument,
        "A buffer for \(limit) messages on topic \"\(topic)\" holds none: its limit has to be 1 or more.")
    }
    while true {
      let channel = try channel(of: topic)
      if let id = try channel.subscribe(buffer) { return TopicSubscription(id, of: channel) }
    }
  }

  private func channel(of topic: Topic) throws(TadweenError) -> TopicChannel {
    try registry.withLock { registry throws(TadweenError) in
      if let channel = registry.channels[topic] { return channel }
      if registry.isClosed {
        throw TadweenError(.brokerClosed, "The topics are closed: nothing goes through \"\(topic)\" any more.")
      }
      let channel = TopicChannel(topic, observers: observers, logger: logger)
      registry.channels[topic] = channel
      return channel
    }
  }

  /// Takes no new topics, and gives those that are there; nil where it did so before.
  func shut() -> [TopicChannel]? {
    registry.withLock { registry in
      if registry.isClosed { return nil }
      registry.isClosed = true
      return Array(registry.channels.values)
    }
  }
}
