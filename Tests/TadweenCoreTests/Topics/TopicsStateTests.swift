import Testing

@testable import TadweenCore

/// Random walks through a topic's states, each step compared with what a naive reader of the rules expects.
@Suite struct TopicsStateTests {
  @Test(arguments: 0..<40) func `every walk keeps the rules`(_ seed: Int) {
    var walk = TopicWalk(seed: UInt64(seed))
    for _ in 0..<300 { walk.step() }
    walk.close()
  }

  @Test func `a closed topic is drained when its last delivery is over, and no sooner`() {
    var state = TopicState<Int, Int>("a")
    var effects = TopicState<Int, Int>.Effects()
    guard case .done(let id) = state.subscribe(.unbounded) else { return #expect(Bool(false)) }
    for number in 0..<2 { _ = state.publish(message(number), into: &effects) }
    _ = state.take(for: id, into: &effects)
    state.close(into: &effects)
    #expect(!effects.isDrained)
    state.settle(succeeded: true, into: &effects)
    #expect(!effects.isDrained, "one waits")
    _ = state.take(for: id, into: &effects)
    #expect(effects.unsubscribed == [id] && !effects.isDrained, "one is in hand")
    state.settle(succeeded: false, into: &effects)
    #expect(effects.isDrained)
  }

  @Test func `those who give up leave nothing behind them`() {
    var queue = PublisherQueue<Int>()
    let first = queue.makeKey()
    queue.append(message(0), from: 0, as: first)
    for number in 1...1_000 {
      let key = queue.makeKey()
      queue.append(message(number), from: number, as: key)
      #expect(queue.remove(key) == number)
      #expect(queue.remove(key) == nil)
    }
    #expect(queue.remembered <= 20)
    #expect(queue.popFirst()?.publisher == 0)
    #expect(queue.popFirst() == nil)
  }
}

/// A message that is known by its number.
func message(_ number: Int) -> Message {
  Message(id: MessageID(high: 0, low: UInt64(number)), topic: "a", payload: Payload(number))
}

/// A topic, the numbers that pass through it, and what each subscription is owed.
struct TopicWalk {
  struct Subscriber {
    let buffer: TopicBuffer
    /// What it has not got, oldest first.
    var owed: [Int] = []
    var waitingConsumers: [Int] = []
  }

  private var random: WalkNumbers
  private var state = TopicState<Int, Int>("a")
  private var subscribers: [SubscriptionID: Subscriber] = [:]
  private var waiting: [(publisher: Int, key: UInt64, number: Int)] = []
  private var inHand = 0
  private var next = 0
  private var totals = (published: 0, delivered: 0, dropped: 0)

  init(seed: UInt64) { random = WalkNumbers(state: seed) }

  mutating func step() {
    var effects = TopicState<Int, Int>.Effects()
    next += 1
    let id = subscribers.keys.sorted { $0.number < $1.number }.randomElement(using: &random)
    switch Int.random(in: 0..<20, using: &random) {
    case 0: subscribe()
    case 1: if let id, subscribers.count > 2 { unsubscribe(id, &effects) }
    case 2: giveUp()
    case 3..<9: publish(&effects)
    case 9..<15: if let id { take(id, &effects) }
    default:
      if inHand > 0 {
        inHand -= 1
        state.settle(succeeded: Bool.random(using: &random), into: &effects)
      }
    }
    check()
  }

  private var hasRoom: Bool {
    subscribers.values.allSatisfy { $0.buffer.kind != .bounded || $0.owed.count < $0.buffer.limit ?? .max }
  }

  private mutating func subscribe() {
    let buffer = [TopicBuffer.unbounded, .bounded(1), .bounded(3), .newest(1), .newest(3)].randomElement(using: &random)
    guard let buffer, subscribers.count < 5, case .done(let id) = state.subscribe(buffer) else { return }
    #expect(subscribers[id] == nil)
    subscribers[id] = Subscriber(buffer: buffer)
  }

  private mutating func publish(_ effects: inout TopicState<Int, Int>.Effects) {
    let mayGo = waiting.isEmpty && hasRoom
    let key = state.makePublisherKey()
    switch state.publish(message(next), from: next, as: key, into: &effects) {
    case .done:
      #expect(mayGo)
      expect([next], &effects)
    case .wait:
      #expect(!mayGo)
      waiting.append((next, key, next))
      expect([], &effects)
    case .closed, .forgotten: Issue.record("the topic is open")
    }
  }

  private mutating func giveUp() {
    guard let index = waiting.indices.randomElement(using: &random) else { return }
    #expect(state.withdraw(waiting[index].key) == waiting[index].publisher)
    #expect(state.withdraw(waiting[index].key) == nil)
    waiting.remove(at: index)
  }

  private mutating func take(_ id: SubscriptionID, _ effects: inout TopicState<Int, Int>.Effects) {
    switch state.take(for: id, by: next, into: &effects) {
    case .done(let delivery):
      #expect(subscribers[id]?.owed.first == delivery.message.payload.value(as: Int.self))
      subscribers[id]?.owed.removeFirst()
      totals.delivered += 1
      inHand += 1
      expectAdmissions(&effects)
    case .wait:
      #expect(subscribers[id]?.owed.isEmpty == true)
      subscribers[id]?.waitingConsumers.append(next)
    case .closed, .forgotten: Issue.record("the subscription is not over")
    }
  }

  private mutating func unsubscribe(_ id: SubscriptionID, _ effects: inout TopicState<Int, Int>.Effects) {
    state.unsubscribe(id, into: &effects)
    guard let gone = subscribers.removeValue(forKey: id) else { return }
    #expect(effects.ended == gone.waitingConsumers)
    #expect(effects.dropped.prefix(gone.owed.count).map(\.message.number) == gone.owed)
    effects.dropped.removeFirst(gone.owed.count)
    totals.dropped += gone.owed.count
    expectAdmissions(&effects)
    var again = TopicState<Int, Int>.Effects()
    state.unsubscribe(id, into: &again)
    #expect(again.unsubscribed.isEmpty)
  }

  private mutating func expectAdmissions(_ effects: inout TopicState<Int, Int>.Effects) {
    let admitted = waiting.prefix(effects.admitted.count)
    #expect(effects.admitted == admitted.map(\.publisher))
    waiting.removeFirst(admitted.count)
    expect(admitted.map(\.number), &effects)
    #expect(waiting.isEmpty || !hasRoom, "nobody waits while there is room")
  }

  /// These are published, and everybody's due follows from it.
  private mutating func expect(_ numbers: [Int], _ effects: inout TopicState<Int, Int>.Effects) {
    #expect(effects.published.map(\.message.number) == numbers)
    totals.published += numbers.count
    var handed: [Int: Int] = [:]
    var dropped: [SubscriptionID: [Int]] = [:]
    for number in numbers {
      for id in subscribers.keys {
        guard var one = subscribers[id] else { continue }
        if one.waitingConsumers.isEmpty {
          one.owed.append(number)
          if one.buffer.kind == .newest, one.owed.count > one.buffer.limit ?? .max {
            dropped[id, default: []].append(one.owed.removeFirst())
          }
        } else {
          handed[one.waitingConsumers.removeFirst()] = number
        }
        subscribers[id] = one
      }
    }
    #expect(
      Dictionary(uniqueKeysWithValues: effects.handed.map { ($0.consumer, $0.delivery.message.number) }) == handed)
    for (id, numbers) in dropped {
      #expect(effects.dropped.filter { $0.subscription == id }.map(\.message.number) == numbers)
    }
    totals.delivered += handed.count
    inHand += handed.count
    totals.dropped += dropped.values.reduce(0) { $0 + $1.count }
  }

  private func check() {
    let statistics = state.statistics
    #expect(statistics.totals?.published == totals.published)
    #expect(statistics.totals?.delivered == totals.delivered)
    #expect(statistics.totals?.dropped == totals.dropped)
    #expect(statistics.running == inHand)
    #expect(statistics.subscriptions == subscribers.count)
    #expect(statistics.waiting == subscribers.values.reduce(0) { $0 + $1.owed.count })
    #expect(statistics.waitingPublishers == waiting.count)
  }

  /// Everybody gets what is owed, and then there is nothing.
  mutating func close() {
    var effects = TopicState<Int, Int>.Effects()
    state.close(into: &effects)
    #expect(effects.refused == waiting.map(\.publisher))
    waiting = []
    for (id, subscriber) in subscribers {
      for number in subscriber.owed {
        guard case .done(let delivery) = state.take(for: id, into: &effects) else {
          Issue.record("\(number) is owed")
          continue
        }
        #expect(delivery.message.number == number)
        inHand += 1
      }
      if case .closed = state.take(for: id, into: &effects) {} else { Issue.record("\(id) is not over") }
    }
    #expect(effects.unsubscribed.count == subscribers.count)
    while inHand > 0 {
      inHand -= 1
      state.settle(succeeded: true, into: &effects)
      #expect(effects.isDrained == (inHand == 0))
    }
    #expect(state.statistics.running == 0 && state.statistics.waiting == 0 && state.statistics.subscriptions == 0)
  }
}

extension Message {
  fileprivate var number: Int { payload.value(as: Int.self) ?? -1 }
}

/// SplitMix64, so that a walk can be taken again.
private struct WalkNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
