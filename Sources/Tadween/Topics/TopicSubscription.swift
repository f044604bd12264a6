public import TadweenCore

/// What one subscriber gets of a topic: every message that was published since it subscribed, once, in the order in which
/// each publisher published.
///
/// Read it with a loop, or give it a handler with ``forEach(_:)``:
/// ```swift
/// for await alert in try topics.subscribe(to: "alerts", as: Alert.self) {
///   print(alert.value.text)
/// }
/// ```
/// A message is acknowledged when the loop asks for the next one, or when its iterator is let go: it cannot be forgotten,
/// or done twice. A payload that cannot become a `Value` counts as failed and is passed over.
///
/// The subscription is over, and what waits for it dropped, when a task that reads it is cancelled, when it and its
/// iterators are let go, or after ``cancel()``. A loop that is left with `break` can be taken up again with another, as
/// long as you hold the subscription. Several loops over one subscription share its messages: each goes to one of them.
///
/// Cost: one lock a message, and a suspension where none waits.
public struct TopicSubscription<Value: Sendable>: AsyncSequence, Sendable {
  /// A message with its value.
  public typealias Element = TopicMessage<Value>

  private let membership: TopicMembership

  init(_ id: SubscriptionID, of channel: TopicChannel) { membership = TopicMembership(id, of: channel) }

  /// What observers and logs call it.
  public var id: SubscriptionID { membership.id }

  /// Ends it: what waits for it is dropped, and whoever reads it gets nil. A second call does nothing.
  public func cancel() { membership.cancel() }

  /// Begins, or takes up, the reading of what waits.
  public func makeAsyncIterator() -> Iterator { Iterator(turn: Turn(membership)) }

  /// Calls `handler` with each message, one after the other, until the subscription is over or the task is cancelled.
  ///
  /// The message is acknowledged when the handler returns. What it throws is logged and told to the observers; the message
  /// counts as failed, is not repeated, and the next one goes on.
  ///
  /// ```swift
  /// let alerts = try topics.subscribe(to: "alerts", as: Alert.self)   // from here on nothing is missed
  /// await alerts.forEach { alert in try await page(alert.value.text) }
  /// ```
  public func forEach(_ handler: (Element) async throws -> Void) async {
    while let message: Element = await membership.next() {
      do {
        try await handler(message)
        membership.settle(message.message)
      } catch {
        membership.settle(message.message, failure: error)
      }
    }
  }

  /// The same with several messages at a time, which gives up their order.
  ///
  /// - Parameters:
  ///   - atOnce: How many handlers run at most; less than 1 counts as 1. Each is one task, for all its messages.
  ///   - handler: What is called with each message.
  public func forEach(atOnce: Int, _ handler: @escaping @Sendable (Element) async throws -> Void) async {
    await withDiscardingTaskGroup { group in
      for _ in 0..<Swift.max(1, atOnce) { group.addTask { await forEach(handler) } }
    }
  }

  /// Reads a subscription, message by message.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let turn: Turn

    /// Acknowledges the message before, and suspends until there is another; nil once the subscription is over.
    public mutating func next() async -> Element? { await turn.next() }
  }

  /// The message that a loop has in hand. A class: however the loop is left, letting it go acknowledges the message.
  fileprivate final class Turn {
    private let membership: TopicMembership
    private var current: Message?

    init(_ membership: TopicMembership) { self.membership = membership }

    deinit { acknowledge() }

    func next() async -> Element? {
      acknowledge()
      let message: Element? = await membership.next()
      current = message?.message
      return message
    }

    private func acknowledge() { if let message = current.take() { membership.settle(message) } }
  }
}
