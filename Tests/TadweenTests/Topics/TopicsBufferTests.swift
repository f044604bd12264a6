import Testing

@testable import Tadween

@Suite(.timeLimit(.minutes(1))) struct TopicsBufferTests {
  @Test func `a full bounded subscription makes publishers wait, in their order`() async throws {
    let topics = Topics()
    let subscription = try topics.subscribe(to: "a", as: Int.self, buffer: .bounded(2))
    for number in 0..<2 { try await topics.publish(number, to: "a") }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 2..<5 {
        group.addTask { try await topics.publish(number, to: "a") }
        await eventually { topics.statistics(of: "a").waitingPublishers == number - 1 }
      }
      #expect(topics.totals(of: "a").published == 2)
      #expect(topics.statistics(of: "a").waiting == 2)
      #expect(await subscription.values(5) == [0, 1, 2, 3, 4])
      try await group.waitForAll()
    }
    #expect(topics.statistics(of: "a").waitingPublishers == 0)
  }

  @Test func `a publisher that waits can be cancelled, and then nobody has its message`() async throws {
    let topics = Topics()
    let full = try topics.subscribe(to: "a", as: Int.self, buffer: .bounded(1))
    let other = try topics.subscribe(to: "a", as: Int.self)
    try await topics.publish(1, to: "a")
    let publishing = Task { try await topics.publish(2, to: "a") }
    await eventually { topics.statistics(of: "a").waitingPublishers == 1 }
    publishing.cancel()
    await #expect(throws: CancellationError.self) { try await publishing.value }
    #expect(topics.statistics(of: "a").waitingPublishers == 0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await topics.publish(3, to: "a") }
      #expect(await full.values(2) == [1, 3])
      #expect(await other.values(2) == [1, 3])
      try await group.waitForAll()
    }
    #expect(topics.totals(of: "a").published == 2)
  }

  @Test func `a publisher that is cancelled before it waits does not wait`() async throws {
    let topics = Topics()
    let full = try topics.subscribe(to: "a", as: Int.self, buffer: .bounded(1))
    try await topics.publish(1, to: "a")
    let gate = Gate()
    let publishing = Task {
      try? await gate.pass()
      try await topics.publish(2, to: "a")
    }
    publishing.cancel()
    await #expect(throws: CancellationError.self) { try await publishing.value }
    #expect(topics.statistics(of: "a").waitingPublishers == 0)
    full.cancel()
  }

  @Test func `a bounded subscription that goes lets publishers go on`() async throws {
    let topics = Topics()
    let full = try topics.subscribe(to: "a", as: Int.self, buffer: .bounded(1))
    let other = try topics.subscribe(to: "a", as: Int.self)
    try await topics.publish(1, to: "a")
    async let publishing = topics.publish(2, to: "a")
    await eventually { topics.statistics(of: "a").waitingPublishers == 1 }
    full.cancel()
    _ = try await publishing
    #expect(await other.values(2) == [1, 2])
    #expect(topics.totals(of: "a").dropped == 1)
  }

  @Test func `the newest are kept, and the next message says how many were not`() async throws {
    let told = TopicJournal()
    let topics = Topics.silent(observers: [told])
    let subscription = try topics.subscribe(to: "a", as: Int.self, buffer: .newest(2))
    for number in 0..<5 { try await topics.publish(number, to: "a") }
    var iterator = subscription.makeAsyncIterator()
    let first = await iterator.next()
    let second = await iterator.next()
    #expect(first?.value == 3 && first?.missed == 3)
    #expect(second?.value == 4 && second?.missed == 0)
    #expect(topics.totals(of: "a").dropped == 3)
    #expect(told.lines.filter { $0.hasPrefix("dropped") } == (0..<3).map { "dropped \($0) for a#1" })
  }

  @Test(arguments: [TopicBuffer.bounded(0), .newest(0), .newest(-1)])
  func `a buffer without room is refused by name`(_ buffer: TopicBuffer) async throws {
    let error = try await tadweenError { _ = try Topics().subscribe(to: "alerts", buffer: buffer) }
    #expect(error.code == .invalidArgument)
    #expect(error.message.contains("\"alerts\"") && error.message.contains("1 or more"))
  }

  @Test func `many publishers, cancelled at random, leave everyone the same messages`() async throws {
    let topics = Topics()
    let subscriptions = try [TopicBuffer.bounded(1), .unbounded, .bounded(4)].map {
      try topics.subscribe(to: "a", as: Int.self, buffer: $0)
    }
    let published = Locked([Int]())
    let results = try await withThrowingTaskGroup(of: [Int].self) { readers in
      for subscription in subscriptions { readers.addTask { await subscription.values().sorted() } }
      let publishers = (0..<64).map { number in
        Task {
          try await topics.publish(number, to: "a")
          published.withLock { $0.append(number) }
        }
      }
      for (number, publisher) in publishers.enumerated() where number % 3 == 0 { publisher.cancel() }
      for publisher in publishers { _ = await publisher.result }
      try await topics.close()
      return try await readers.reduce(into: [[Int]]()) { $0.append($1) }
    }
    for values in results { #expect(values == published.withLock { $0.sorted() }) }
    #expect(topics.statistics(of: "a").waitingPublishers == 0)
  }
}
