import Logging
import Testing

@testable import Tadween

@Suite(.timeLimit(.minutes(1))) struct TopicsHandlerTests {
  @Test func `a handler that throws fails its message and gets the next one`() async throws {
    let (log, told) = (Recorder.Log(), TopicJournal())
    let topics = Topics(observers: [told], logger: .recording(log))
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    for number in 1...3 { try await topics.publish(number, to: "a") }
    async let closing: Void = topics.close()
    var handled: [Int] = []
    await subscription.forEach { message in
      handled.append(message.value)
      if message.value == 2 { throw Trouble("two") }
    }
    try await closing
    #expect(handled == [1, 2, 3])
    #expect(told.lines.filter { $0.hasPrefix("failed") } == ["failed 2 by a#1: two"])
    #expect(told.lines.count { $0.hasPrefix("acknowledged") } == 2)
    let totals = topics.totals(of: "a")
    #expect(totals.failed == 1 && totals.acknowledged == 2)
    let warning = try #require(log.entries.first)
    #expect(warning.level == .warning && warning.metadata["tadween.subscription"] == "a#1")
  }

  @Test func `one that fails is nothing to the others`() async throws {
    let topics = Topics.silent()
    let bad = try topics.subscribe(to: "a", as: Int.self)
    let good = try topics.subscribe(to: "a", as: Int.self)
    for number in 0..<100 { try await topics.publish(number, to: "a") }
    async let failing: Void = bad.forEach { _ in throw Trouble("always") }
    async let values = good.values()
    try await topics.close()
    await failing
    #expect(await values == Array(0..<100))
    #expect(topics.totals(of: "a").failed == 100)
    #expect(topics.totals(of: "a").acknowledged == 100)
  }

  @Test func `a payload of a wrong type fails for that subscription, and is passed over`() async throws {
    let told = TopicJournal()
    let topics = Topics.silent(observers: [told])
    let numbers = try topics.subscribe(to: "a", as: Int.self)
    let words = try topics.subscribe(to: "a", as: String.self)
    try await topics.publish("one", to: "a")
    try await topics.publish(2, to: "a")
    #expect(await numbers.values(1) == [2])
    #expect(await words.values(1) == ["one"])
    let failure = try #require(told.lines.first { $0.hasPrefix("failed") })
    #expect(failure.contains("failed one by a#1: A message on topic \"a\" cannot be delivered"))
    #expect(failure.contains("String cannot become Int"))
  }

  @Test func `a slow subscriber does not hold up another`() async throws {
    let (topics, gate) = (Topics(), Gate())
    let slow = try topics.subscribe(to: "a", as: Int.self)
    let quick = try topics.subscribe(to: "a", as: Int.self)
    async let stuck: Void = slow.forEach { _ in try await gate.pass() }
    for number in 0..<10 { try await topics.publish(number, to: "a") }
    #expect(await quick.values(10) == Array(0..<10))
    await gate.arrivals(1)
    #expect(topics.totals(of: "a").running == 1)
    #expect(topics.statistics(of: "a").waiting == 9)
    gate.open()
    try await topics.close()
    await stuck
    #expect(topics.totals(of: "a").acknowledged == 20)
  }

  @Test func `a message is acknowledged when its handler returns, and not before`() async throws {
    let (told, gate) = (TopicJournal(), Gate())
    let topics = Topics.silent(observers: [told])
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    async let handling: Void = subscription.forEach { _ in try await gate.pass() }
    try await topics.publish(1, to: "a")
    await gate.arrivals(1)
    #expect(told.lines.last == "delivered 1 to a#1")
    gate.open()
    try await told.journal.wait(for: "acknowledged 1 by a#1")
    subscription.cancel()
    await handling
    #expect(told.journal.count(of: "acknowledged 1 by a#1") == 1)
  }

  @Test func `a loop acknowledges a message when it asks for the next`() async throws {
    let topics = Topics()
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    for number in 0..<3 { try await topics.publish(number, to: "a") }
    var seen: [Int] = []
    for await _ in subscription {
      let totals = topics.totals(of: "a")
      seen.append(totals.acknowledged)
      #expect(totals.running == 1)
      if seen.count == 3 { break }
    }
    #expect(seen == [0, 1, 2])
    #expect(topics.totals(of: "a").acknowledged == 3, "leaving the loop acknowledges the last one")
  }

  @Test func `handlers run at once as often as they are told`() async throws {
    let (topics, gate, crowd) = (Topics(), Gate(), Crowd())
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    async let handling: Void = subscription.forEach(atOnce: 3) { _ in
      crowd.enter()
      defer { crowd.leave() }
      try await gate.pass()
    }
    for number in 0..<10 { try await topics.publish(number, to: "a") }
    await gate.arrivals(3)
    #expect(topics.statistics(of: "a").running == 3)
    #expect(topics.statistics(of: "a").waiting == 7)
    gate.open()
    try await topics.close()
    await handling
    #expect(crowd.peak == 3)
    #expect(topics.totals(of: "a").acknowledged == 10)
  }

  @Test func `no value outlives its acknowledgement`() async throws {
    final class Recording: Sendable {}
    let topics = Topics()
    let subscription = try topics.subscribe(to: "a", as: Recording.self)
    weak var recording: Recording?
    do {
      let made = Recording()
      recording = made
      try await topics.publish(made, to: "a")
    }
    #expect(recording != nil)
    _ = await subscription.values(1)
    #expect(recording == nil)
  }
}
