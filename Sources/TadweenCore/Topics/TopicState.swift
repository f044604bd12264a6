/// One topic: who subscribes, what waits for each, which publishers wait for room, and what has happened so far.
///
/// A state machine that never waits itself. `Consumer` and `Publisher` stand for whoever waits; it keeps them, and gives
/// them back in ``Effects`` when their wait is over. A publication is one step: every subscription has the message, or
/// none has.
package struct TopicState<Consumer: Sendable, Publisher: Sendable>: Sendable {
  private enum Phase { case open, closing, forgotten }

  private let topic: Topic
  private var members: [SubscriptionID: TopicMember<Consumer>] = [:]
  private var publishers = PublisherQueue<Publisher>()
  private var totals = TopicStatistics.Totals()
  private var lastNumber: UInt64 = 0
  private var phase = Phase.open

  package init(_ topic: Topic) { self.topic = topic }

  /// Waiting and running are read off what is there, and so cannot drift from it.
  package var statistics: TopicStatistics {
    TopicStatistics(
      topic: topic, subscriptions: members.count, waiting: members.values.reduce(0) { $0 + $1.waiting },
      running: totals.running, waitingPublishers: publishers.count, totals: totals)
  }

  /// What a topic answers those who come to it.
  package enum Answer<Value: Sendable>: Sendable {
    case done(Value)
    /// Nothing, or no room, yet.
    case wait
    /// The topic takes no more; for a subscriber: there will be nothing more.
    case closed
    /// The topic was forgotten: there is, or will be, another one of its name.
    case forgotten
  }
}

/// Publishing.
extension TopicState {
  package mutating func makePublisherKey() -> UInt64 { publishers.makeKey() }

  /// Gives the message to all who subscribe, unless publishers have to wait.
  package mutating func publish(_ message: Message, into effects: inout Effects) -> Answer<Void> {
    switch phase {
    case .closing: return .closed
    case .forgotten: return .forgotten
    case .open: break
    }
    // Nobody is overtaken: whoever waits is let in by the step that makes room.
    guard hasRoom else { return .wait }
    offer(message, into: &effects)
    return .done(())
  }

  /// The same, but keeps the message and its publisher where it has to wait.
  package mutating func publish(
    _ message: Message, from publisher: Publisher, as key: UInt64, into effects: inout Effects
  ) -> Answer<Void> {
    let answer = publish(message, into: &effects)
    if case .wait = answer { publishers.append(message, from: publisher, as: key) }
    return answer
  }

  /// A publisher gives up; nil where it does not wait.
  package mutating func withdraw(_ key: UInt64) -> Publisher? { publishers.remove(key) }

  private var hasRoom: Bool { members.values.allSatisfy(\.hasRoom) }

  private mutating func offer(_ message: Message, into effects: inout Effects) {
    totals.published += 1
    effects.published.append((message, members.count))
    var index = members.values.startIndex
    while index != members.values.endIndex {
      switch members.values[index].offer(message) {
      case .buffered: break
      case .handedTo(let consumer):
        totals.delivered += 1
        effects.handed.append((consumer, TopicDelivery(message: message)))
      case .dropped(let oldest):
        totals.dropped += 1
        effects.dropped.append((oldest, members.keys[index]))
      }
      members.values.formIndex(after: &index)
    }
  }

  private mutating func admit(into effects: inout Effects) {
    while hasRoom, let (message, publisher) = publishers.popFirst() {
      offer(message, into: &effects)
      effects.admitted.append(publisher)
    }
  }
}

/// Subscribing.
extension TopicState {
  package mutating func subscribe(_ buffer: TopicBuffer) -> Answer<SubscriptionID> {
    switch phase {
    case .closing: return .closed
    case .forgotten: return .forgotten
    case .open: break
    }
    lastNumber += 1
    let id = SubscriptionID(topic: topic, number: lastNumber)
    members[id] = TopicMember(buffer)
    return .done(id)
  }

  /// Takes the oldest message that waits for this subscription, where there is one.
  package mutating func take(for id: SubscriptionID, into effects: inout Effects) -> Answer<TopicDelivery> {
    guard let delivery = members[id]?.take() else { return members[id] == nil ? .closed : .wait }
    totals.delivered += 1
    if phase == .closing { endIfEmpty(id, into: &effects) } else { admit(into: &effects) }
    return .done(delivery)
  }

  /// The same, but keeps the consumer where it has to wait.
  package mutating func take(
    for id: SubscriptionID, by consumer: Consumer, into effects: inout Effects
  ) -> Answer<TopicDelivery> {
    let answer = take(for: id, into: &effects)
    if case .wait = answer { members[id]?.wait(consumer) }
    return answer
  }

  /// A delivery is over. Called once for each.
  package mutating func settle(succeeded: Bool, into effects: inout Effects) {
    if succeeded { totals.acknowledged += 1 } else { totals.failed += 1 }
    effects.isDrained = isDrained
  }

  /// Ends a subscription. What waits for it is dropped, and holds no publisher back any more.
  package mutating func unsubscribe(_ id: SubscriptionID, into effects: inout Effects) {
    guard var member = members.removeValue(forKey: id) else { return }
    let rest = member.drain()
    totals.dropped += rest.count
    effects.dropped += rest.map { ($0, id) }
    effects.ended += member.consumers
    effects.unsubscribed.append(id)
    admit(into: &effects)
    effects.isDrained = isDrained
  }
}

/// The end.
extension TopicState {
  /// Takes no more. Subscriptions end when they have what was published; publishers that wait are refused.
  package mutating func close(into effects: inout Effects) {
    phase = .closing
    while let (_, publisher) = publishers.popFirst() { effects.refused.append(publisher) }
    for id in Array(members.keys) { endIfEmpty(id, into: &effects) }
    effects.isDrained = isDrained
  }

  /// Ends all subscriptions at once.
  package mutating func abandon(into effects: inout Effects) {
    for id in Array(members.keys) { unsubscribe(id, into: &effects) }
  }

  /// Lets go of the topic where nothing goes on in it; false where something does.
  package mutating func forget() -> Bool {
    guard phase == .open, members.isEmpty, totals.running == 0 else { return false }
    phase = .forgotten
    return true
  }

  private var isDrained: Bool { phase == .closing && members.isEmpty && totals.running == 0 }

  /// While the topic closes, a subscription is over as soon as nothing waits for it.
  private mutating func endIfEmpty(_ id: SubscriptionID, into effects: inout Effects) {
    if members[id]?.waiting == 0 { unsubscribe(id, into: &effects) }
  }
}
