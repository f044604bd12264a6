import Logging
import Tadween

/// What an observer was told, one line each, and the errors.
final class TopicJournal: TopicObserver {
  let journal = Journal()

  var lines: [String] { journal.lines }

  func observe(_ event: TopicEvent) {
    let line =
      switch event {
      case .published(let message, let count): "published \(Self.word(message)) to \(count)"
      case .delivered(let message, let id): "delivered \(Self.word(message)) to \(id)"
      case .acknowledged(let message, let id): "acknowledged \(Self.word(message)) by \(id)"
      case .failed(let message, let id, let error): "failed \(Self.word(message)) by \(id): \(error)"
      case .dropped(let message, let id): "dropped \(Self.word(message)) for \(id)"
      case .subscribed(let id): "subscribed \(id)"
      case .unsubscribed(let id): "unsubscribed \(id)"
      }
    journal.write(line)
  }

  private static func word(_ message: Message) -> String { "\(message.payload.erased)" }
}

extension Topics {
  /// Topics that log nowhere.
  static func silent(
    observers: [any TopicObserver] = [], clock: any Clock<Duration> = ContinuousClock()
  ) -> Topics {
    Topics(observers: observers, clock: clock, logger: .recording(Recorder.Log()))
  }

  func totals(of topic: Topic) -> TopicStatistics.Totals { statistics(of: topic).totals ?? .init() }
}

extension TopicSubscription {
  /// All that is left, once it is or will be over.
  func values() async -> [Value] {
    var values: [Value] = []
    for await message in self { values.append(message.value) }
    return values
  }

  /// The next values, at most so many.
  func values(_ count: Int) async -> [Value] {
    var values: [Value] = []
    var iterator = makeAsyncIterator()
    while values.count < count, let message = await iterator.next() { values.append(message.value) }
    return values
  }
}
