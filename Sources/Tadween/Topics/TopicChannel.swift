internal import Logging
internal import TadweenCore

/// A topic at work: its state behind one short lock, and what follows from each step of it.
final class TopicChannel: Sendable {
  private typealias State = TopicState<Consumer, CheckedContinuation<Void, any Error>>

  private struct Consumer: Sendable {
    let id: SubscriptionID
    let continuation: CheckedContinuation<TopicDelivery?, Never>
  }

  private enum Told {
    case event(TopicEvent)
    /// Whoever waits for the close finds everything told.
    case drained
  }

  private struct Shared {
    var topic: State
    var outbox = Outbox<Told>()
  }

  let topic: Topic
  /// Open once the topic is closed and the last delivery is over.
  let isDrained = Latch<Void>()
  private let observers: [any TopicObserver]
  private let logger: Logger
  private let shared: Locked<Shared>

  init(_ topic: Topic, observers: [any TopicObserver], logger: Logger) {
    self.topic = topic
    self.observers = observers
    self.logger = logger
    shared = Locked(Shared(topic: State(topic)))
  }

  var statistics: TopicStatistics { shared.withLock { $0.topic.statistics } }

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
      shared.withLock { $0.topic.withdraw(key) }?.resume(throwing: CancellationError())
    }
    return true
  }

  /// Returns nil where the topic was forgotten; there may be another one of its name.
  func subscribe(_ buffer: TopicBuffer) throws(TadweenError) -> SubscriptionID? {
    switch change({ state, _ in state.subscribe(buffer) }, event: { .subscribed($0) }) {
    case .done(let id): return id
    case .closed: throw isClosed
    case .forgotten, .wait: return nil
    }
  }

  func unsubscribe(_ id: SubscriptionID) { change { $0.unsubscribe(id, into: &$1) } }

  /// Suspends while nothing waits; nil once the subscription is over. Cancelling the task ends the subscription.
  func take(for id: SubscriptionID) async -> TopicDelivery? {
    if Task.isCancelled { unsubscribe(id) }
    let delivered = { (delivery: TopicDelivery) in TopicEvent.delivered(delivery.message, id) }
    switch change({ $0.take(for: id, into: &$1) }, event: delivered) {
    case .done(let delivery): return delivery
    case .closed, .forgotten: return nil
    case .wait: break
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let consumer = Consumer(id: id, continuation: continuation)
        // Cancelled before it comes here, it finds its subscription over.
        switch change({ $0.take(for: id, by: consumer, into: &$1) }, event: delivered) {
        case .done(let delivery): continuation.resume(returning: delivery)
        case .closed, .forgotten: continuation.resume(returning: nil)
        case .wait: break
        }
      }
    } onCancel: {
      unsubscribe(id)
    }
  }

  /// A delivery is over.
  func settle(_ message: Message, of id: SubscriptionID, failure: (any Error)? = nil) {
    if let failure {
      logger.warning(
        "a subscriber failed",
        metadata: [
          "tadween.subscription": "\(id)", "tadween.message": "\(message.id)", "tadween.error": "\(failure)",
        ])
    }
    change(
      { state, effects in
        state.settle(succeeded: failure == nil, into: &effects)
        return .done(())
      }, event: { failure.map { .failed(message, id, $0) } ?? .acknowledged(message, id) })
  }

  func close() { change { $0.close(into: &$1) } }

  func abandon() { change { $0.abandon(into: &$1) } }

  /// False where something goes on in the topic.
  func forget() -> Bool { shared.withLock { $0.topic.forget() } }

  private var isClosed: TadweenError {
    TadweenError(.brokerClosed, "Topic \"\(topic)\" is closed: nothing can be published or subscribed to any more.")
  }

  /// Takes a step under the lock, and does what it asks for after it.
  @discardableResult
  private func change<Answer: Sendable>(_ step: (inout State, inout State.Effects) -> Answer) -> Answer {
    change(step) { _ in nil }
  }

  /// The same for a step that is an event itself, where it is done: the first of those that it entails.
  @discardableResult
  private func change<Value: Sendable>(
    _ step: (inout State, inout State.Effects) -> State.Answer<Value>, event: (Value) -> TopicEvent
  ) -> State.Answer<Value> {
    change(step) { answer in if case .done(let value) = answer { event(value) } else { nil } }
  }

  private func change<Answer: Sendable>(
    _ step: (inout State, inout State.Effects) -> Answer, _ event: (Answer) -> TopicEvent?
  ) -> Answer {
    var effects = State.Effects()
    let (answer, told) = shared.withLock { shared in
      let answer = step(&shared.topic, &effects)
      return (answer, shared.outbox.add(entries(observers.isEmpty ? nil : event(answer), effects)))
    }
    tell(told)
    for (consumer, delivery) in effects.handed { consumer.continuation.resume(returning: delivery) }
    for publisher in effects.admitted { publisher.resume() }
    for publisher in effects.refused { publisher.resume(throwing: isClosed) }
    for consumer in effects.ended { consumer.continuation.resume(returning: nil) }
    return answer
  }

  /// What there is to tell of a step.
  private func entries(_ event: TopicEvent?, _ effects: State.Effects) -> [Told] {
    var events = event.map { [$0] } ?? []
    if !observers.isEmpty {
      events += effects.published.map { .published($0, subscriptions: $1) }
      events += effects.handed.map { .delivered($1.message, $0.id) }
      events += effects.dropped.map { .dropped($0, $1) }
      events += effects.unsubscribed.map { .unsubscribed($0) }
    }
    return events.map { .event($0) } + (effects.isDrained ? [.drained] : [])
  }

  private func tell(_ entries: [Told]) {
    var entries = entries
    while !entries.isEmpty {
      for entry in entries {
        switch entry {
        case .event(let event): for observer in observers { observer.observe(event) }
        case .drained: isDrained.open(())
        }
      }
      entries = shared.withLock { $0.outbox.next() }
    }
  }
}
