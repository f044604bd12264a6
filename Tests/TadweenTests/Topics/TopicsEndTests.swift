import ServiceLifecycle
import ServiceLifecycleTestKit
import TadweenTesting
import Testing

@testable import Tadween

@Suite(.timeLimit(.minutes(1))) struct TopicsEndTests {
  @Test func `cancelling a loop that waits ends its subscription`() async throws {
    let topics = Topics()
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    let reading = Task { await subscription.values() }
    try await topics.publish(1, to: "a")
    await eventually { topics.totals(of: "a").acknowledged == 1 }
    reading.cancel()
    #expect(await reading.value == [1])
    #expect(topics.statistics(of: "a").subscriptions == 0)
    try await topics.publish(2, to: "a")
    #expect(await subscription.values() == [])
  }

  @Test func `cancelling a handler's task fails its message, drops the rest, and returns`() async throws {
    let (topics, gate) = (Topics.silent(), Gate())
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    for number in 0..<5 { try await topics.publish(number, to: "a") }
    let handling = Task { await subscription.forEach { _ in try await gate.pass() } }
    await gate.arrivals(1)
    handling.cancel()
    await handling.value
    let totals = topics.totals(of: "a")
    #expect(totals.delivered == 1 && totals.failed == 1 && totals.dropped == 4)
    #expect(topics.statistics(of: "a").subscriptions == 0)
  }

  @Test func `a subscription that is let go is over`() async throws {
    let topics = Topics()
    do {
      let subscription = try topics.subscribe(to: "a", as: Int.self)
      try await topics.publish(1, to: "a")
      #expect(subscription.id.description == "a#1")
    }
    #expect(topics.statistics(of: "a").subscriptions == 0)
    #expect(topics.totals(of: "a").dropped == 1)
  }

  @Test func `a loop that is left can be taken up again`() async throws {
    let topics = Topics()
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    for number in 0..<4 { try await topics.publish(number, to: "a") }
    for await message in subscription where message.value == 1 { break }
    #expect(await subscription.values(2) == [2, 3])
  }

  @Test func `close returns once everything is delivered and acknowledged`() async throws {
    let (topics, gate, told) = (Topics(), Gate(), Journal())
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    for number in 0..<3 { try await topics.publish(number, to: "a") }
    async let handling: Void = subscription.forEach { message in
      try await gate.pass()
      told.write("handled \(message.value)")
    }
    await gate.arrivals(1)
    let closing = Task {
      try await topics.close()
      told.write("closed")
    }
    await eventually { (try? topics.subscribe(to: "a")) == nil }
    gate.open()
    try await closing.value
    await handling
    #expect(told.lines == ["handled 0", "handled 1", "handled 2", "closed"])
  }

  @Test func `after close, publishing and subscribing say so`() async throws {
    let topics = Topics()
    try await topics.publish(1, to: "used")
    try await topics.close()
    for topic in ["used", "new"] as [Topic] {
      let publishing = try await tadweenError { try await topics.publish(1, to: topic) }
      #expect(publishing.code == .brokerClosed && publishing.message.contains("\"\(topic)\""))
      let subscribing = try await tadweenError { _ = try topics.subscribe(to: topic) }
      #expect(subscribing.code == .brokerClosed)
    }
  }

  @Test func `a second close returns at once, also while the first waits`() async throws {
    let topics = Topics()
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    try await topics.publish(1, to: "a")
    async let first: Void = topics.close()
    await eventually { (try? topics.subscribe(to: "b")) == nil }
    try await topics.close()
    #expect(topics.statistics(of: "a").waiting == 1)
    #expect(await subscription.values() == [1])
    try await first
  }

  @Test func `close refuses publishers that wait`() async throws {
    let topics = Topics()
    let full = try topics.subscribe(to: "a", as: Int.self, buffer: .bounded(1))
    try await topics.publish(1, to: "a")
    let publishing = Task { try await topics.publish(2, to: "a") }
    await eventually { topics.statistics(of: "a").waitingPublishers == 1 }
    async let closing: Void = topics.close()
    let error = try await tadweenError { _ = try await publishing.value }
    #expect(error.code == .brokerClosed)
    #expect(await full.values() == [1])
    try await closing
  }

  @Test func `a close whose time is up says by topic and number what was not acknowledged`() async throws {
    let (clock, gate) = (TestClock(), Gate())
    let topics = Topics.silent(clock: clock)
    let idle = try topics.subscribe(to: "idle", as: Int.self)
    let busy = try topics.subscribe(to: "busy", as: Int.self)
    for number in 0..<3 {
      try await topics.publish(number, to: "idle")
      try await topics.publish(number, to: "busy")
    }
    async let handling: Void = busy.forEach { _ in try await gate.pass() }
    await gate.arrivals(1)
    let closing = Task { try await topics.close(timeout: .seconds(5)) }
    try await clock.waitForSleepers()
    clock.advance(by: .seconds(5))
    let error = try await tadweenError { try await closing.value }
    #expect(error.code == .timedOut)
    #expect(error.message.contains("\"busy\" has 2 waiting and 1 in hand; \"idle\" has 3 waiting and 0 in hand"))
    #expect(await idle.values() == [])
    gate.open()
    await handling
    #expect(topics.totals(of: "busy").acknowledged == 1)
    #expect(topics.totals(of: "busy").dropped == 2)
  }

  @Test func `cancelling a close cuts it short`() async throws {
    let topics = Topics()
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    try await topics.publish(1, to: "a")
    let closing = Task { try await topics.close() }
    await eventually { (try? topics.subscribe(to: "b")) == nil }
    closing.cancel()
    await #expect(throws: CancellationError.self) { try await closing.value }
    #expect(await subscription.values() == [])
  }

  @Test func `let go without a close, subscriptions end with what was published`() async throws {
    var topics: Topics? = Topics()
    let subscription = try #require(try topics?.subscribe(to: "a", as: Int.self))
    try await topics?.publish(1, to: "a")
    topics = nil
    #expect(await subscription.values() == [1])
  }

  @Test func `as a service it closes on graceful shutdown`() async throws {
    let topics = Topics()
    try await testGracefulShutdown { trigger in
      async let running: Void = topics.run()
      try await topics.publish(1, to: "a")
      trigger.triggerGracefulShutdown()
      try await running
    }
    let error = try await tadweenError { try await topics.publish(2, to: "a") }
    #expect(error.code == .brokerClosed)
  }
}
