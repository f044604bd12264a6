internal import Logging
internal import TadweenCore

/// A topic at work: its state behind one short lock, and what follows from each step of it.
final class TopicChannel: Sendable {
  private typealias State = TopicState<CheckedContinuation<TopicDelivery?, Never>, CheckedContinuation<Void, any Error>>

  let topic: Topic
  /// Open once the topic is closed and the last delivery is over.
  let isDrained = Latch<Void>()
  private let observers: [any TopicObserver]
  private let logger: Logger
  private let state: Locked<State>

  init(_ topic: Topic, observers: [any TopicObserver], logger: Logger) {
    self.topic = topic
    self.observers = observers
    self.logger = logger
    state = Locked(State(topic))
  }

  var statistics: TopicStatistics { state.withLock { $0.statistics } }

  /// Returns false where the topic was forgotten; there may be another one of its name.
  func publish(_ message: Message) async throws -> Bool {
    let (answer, key) = change { state, effects in
      let answer = state.publish(message, into: &effects)
      return if case .wait = answer { (answer, state.makePublisherKey()) } else { (answer, 0) }
    }
    switch answer {
    case .done: return true
    case .forgotten: return false
    case .closed: throw isClosed
    case .wait: break
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { publisher in
        let result = change { state, effects -> Result<Void, any Error>? in
          // The handler below may have come too early to find the publisher; the flag was set before it ran.
          if Task.isCancelled { return .failure(CancellationError()) }
          switch state.publish(message, from: publisher, as: key, into: &effects) {
          case .done: return .success(())
          case .wait: return nil
          // It cannot have been forgotten: a topic is full only where somebody subscribes.
          case .closed, .forgotten: return .failure(isClosed)
          }
        }
        if let result { publisher.resume(with: result) }
      }
    } onCancel: {
      state.withLock { $0.withdraw(key) }?.resume(throwing: CancellationError())
    }
    return true
  }

  /// Returns nil where the topic was forgotten; there may be another one of its name.
  func subscribe(_ buffer: TopicBuffer) throws(TadweenError) -> SubscriptionID? {
    switch change({ state, _ in state.subscribe(buffer) }) {
    case .done(let id):
      tell(.subscribed(id))
      return id
    case .closed: throw isClosed
    case .forgotten, .wait: return nil
    }
  }

  func unsubscribe(_ id: SubscriptionID) { change { $0.unsubscribe(id, into: &$1) } }

  /// Suspends while nothing waits; nil once the subscription is over. Cancelling the task ends the subscription.
  func take(for id: SubscriptionID) async -> TopicDelivery? {
    if Task.isCancelled { unsubscribe(id) }
    let delivery: TopicDelivery?
    switch change({ $0.take(for: id, into: &$1) }) {
    case .done(let next): delivery = next
    case .closed, .forgotten: delivery = nil
    case .wait:
      delivery = await withTaskCancellationHandler {
        await withCheckedContinuation { consumer in
          // Cancelled before it comes here, it finds its subscription over.
          switch change({ $0.take(for: id, by: consumer, into: &$1) }) {
          case .done(let next): consumer.resume(returning: next)
          case .closed, .forgotten: consumer.resume(returning: nil)
          case .wait: break
          }
        }
      } onCancel: {
        unsubscribe(id)
      }
    }
    if let delivery { tell(.delivered(delivery.message, id)) }
    return delivery
  }

  /// A delivery is over.
  func settle(_ message: Message, of id: SubscriptionID, failure: (any Error)? = nil) {
    // Told first, so that whoever waits for the close finds everything told.
    if let failure {
      logger.warning(
        "a subscriber failed",
        metadata: [
          "tadween.subscription": "\(id)", "tadween.message": "\(message.id)", "tadween.error": "\(failure)",
        ])
      tell(.failed(message, id, failure))
    } else {
      tell(.acknowledged(message, id))
    }
    change { $0.settle(succeeded: failure == nil, into: &$1) }
  }

  func close() { change { $0.close(into: &$1) } }

  func abandon() { change { $0.abandon(into: &$1) } }

  /// False where something goes on in the topic.
  func forget() -> Bool { state.withLock { $0.forget() } }

  private var isClosed: TadweenError {
    TadweenError(.brokerClosed, "Topic \"\(topic)\" is closed: nothing can be published or subscribed to any more.")
  }

  /// Takes a step under the lock, and does what it asks for after it.
  @discardableResult
  private func change<Answer: Sendable>(_ step: (inout State, inout State.Effects) -> Answer) -> Answer {
    var effects = State.Effects()
    let answer = state.withLock { step(&$0, &effects) }
    perform(effects)
    return answer
  }

  private func perform(_ effects: State.Effects) {
    for (message, subscriptions) in effects.published { tell(.published(message, subscriptions: subscriptions)) }
    for (consumer, delivery) in effects.handed { consumer.resume(returning: delivery) }
    for publisher in effects.admitted { publisher.resume() }
    for publisher in effects.refused { publisher.resume(throwing: isClosed) }
    for (message, id) in effects.dropped { tell(.dropped(message, id)) }
    for consumer in effects.ended { consumer.resume(returning: nil) }
    for id in effects.unsubscribed { tell(.unsubscribed(id)) }
    if effects.isDrained { isDrained.open(()) }
  }

  private func tell(_ event: @autoclosure () -> TopicEvent) {
    if observers.isEmpty { return }
    let event = event()
    for observer in observers { observer.observe(event) }
  }
}
