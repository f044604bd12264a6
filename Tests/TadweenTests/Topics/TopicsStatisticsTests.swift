import Testing

@testable import Tadween

@Suite(.timeLimit(.minutes(1))) struct TopicsStatisticsTests {
  @Test func `observers are told all of a message, in order`() async throws {
    let told = TopicJournal()
    let topics = Topics.silent(observers: [told])
    let subscription = try topics.subscribe(to: "a", as: String.self)
    try await topics.publish("x", to: "a")
    _ = await subscription.values(1)
    subscription.cancel()
    try await topics.publish("y", to: "a")
    #expect(
      told.lines == [
        "subscribed a#1", "published x to 1", "delivered x to a#1", "acknowledged x by a#1", "unsubscribed a#1",
        "published y to 0",
      ])
  }

  /// What comes while an observer is told of something waits its turn, whoever brings it.
  @Test func `observers are told in order, though subscriber and publisher run at once`() async throws {
    struct Slow: TopicObserver {
      let journal = TopicJournal()
      let reached = Gate()
      let barrier = Barrier()

      func observe(_ event: TopicEvent) {
        if case .published = event {
          reached.arrive()
          barrier.block()
        }
        journal.observe(event)
      }
    }
    let (slow, threads) = (Slow(), ThreadTaskQueue(workers: 1))
    try threads.start()
    let topics = Topics.silent(observers: [slow])
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    let publishing = Task(executorPreference: threads.executor(ofWorker: 0)) { try await topics.publish(1, to: "a") }
    await slow.reached.arrivals(1)
    #expect(await subscription.values(1) == [1])
    subscription.cancel()
    slow.barrier.open()
    _ = try await publishing.value
    await threads.close()
    #expect(
      slow.journal.lines == [
        "subscribed a#1", "published 1 to 1", "delivered 1 to a#1", "acknowledged 1 by a#1", "unsubscribed a#1",
      ])
  }

  @Test func `the last message before the end is told before the end`() async throws {
    let told = TopicJournal()
    let topics = Topics.silent(observers: [told])
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    try await topics.publish(1, to: "a")
    for channel in topics.shut() ?? [] { channel.close() }
    #expect(await subscription.values() == [1])
    #expect(
      told.lines == [
        "subscribed a#1", "published 1 to 1", "delivered 1 to a#1", "unsubscribed a#1", "acknowledged 1 by a#1",
      ])
  }

  @Test func `an observer may use the topics that it observes`() async throws {
    final class Curious: TopicObserver {
      let topics = Locked<Topics?>(nil)
      let seen = Locked([Int]())
      func observe(_ event: TopicEvent) {
        guard let topics = topics.withLock({ $0 }) else { return }
        let published = topics.totals(of: "a").published
        seen.withLock { $0.append(published) }
      }
    }
    let observer = Curious()
    let topics = Topics.silent(observers: [observer])
    observer.topics.withLock { $0 = topics }
    try await topics.publish(1, to: "a")
    observer.topics.withLock { $0 = nil }
    #expect(observer.seen.withLock { $0 } == [1])
  }

  @Test func `a topic that was never used has only zeros`() {
    let statistics = Topics().statistics(of: "nothing")
    #expect(statistics.totals == TopicStatistics.Totals())
    #expect(statistics.subscriptions == 0 && statistics.waiting == 0 && statistics.running == 0)
  }

  @Test func `the numbers never go negative, and add up at every moment`() async throws {
    let topics = Topics.silent()
    let kinds: [TopicBuffer] = [.unbounded, .bounded(2), .newest(2)]
    func check() {
      let statistics = topics.statistics(of: "a")
      let totals = statistics.totals ?? .init()
      #expect(statistics.running >= 0 && statistics.running <= 8)
      #expect(totals.acknowledged + totals.failed <= totals.delivered)
      #expect(totals.delivered + totals.dropped + statistics.waiting <= totals.published * 8)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        let subscription = try topics.subscribe(to: "a", as: Int.self, buffer: kinds[number % 3])
        group.addTask {
          await subscription.forEach { message in
            if message.value % 5 == number { throw Trouble("fifth") }
            // Some go early.
            if message.value == 40, number % 2 == 0 { subscription.cancel() }
          }
        }
      }
      await withThrowingTaskGroup(of: Void.self) { publishers in
        for publisher in 0..<8 {
          publishers.addTask {
            for number in 0..<50 {
              try await topics.publish(number, to: "a")
              if number % 10 == publisher { check() }
            }
          }
        }
      }
      try await topics.close()
    }
    let statistics = topics.statistics(of: "a")
    #expect(statistics.waiting == 0 && statistics.running == 0 && statistics.subscriptions == 0)
    #expect(statistics.totals?.published == 400)
  }

  @Test func `a topic is forgotten where nothing goes on in it, and counts from nought`() async throws {
    let topics = Topics()
    #expect(!topics.forget("a"))
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    try await topics.publish(1, to: "a")
    #expect(!topics.forget("a"))
    var iterator: TopicSubscription<Int>.Iterator? = subscription.makeAsyncIterator()
    _ = await iterator?.next()
    subscription.cancel()
    #expect(!topics.forget("a"), "a message is in hand")
    iterator = nil
    #expect(topics.forget("a"))
    #expect(topics.statistics().isEmpty)
    let again = try topics.subscribe(to: "a", as: Int.self)
    try await topics.publish(2, to: "a")
    #expect(await again.values(1) == [2])
    #expect(topics.totals(of: "a").published == 1)
  }

  @Test func `a topic that was found before it was forgotten sends its comers to the next one`() async throws {
    let topics = Topics()
    try await topics.publish(1, to: "a")
    let found = try #require(topics.registry.withLock { $0.channels["a"] })
    #expect(topics.forget("a"))
    #expect(try found.subscribe(.unbounded) == nil)
    let message = Message(id: MessageIDSequence().next(), topic: "a", payload: Payload(2))
    #expect(try await !found.publish(message))
  }

  @Test func `whoever comes while a topic is forgotten misses nothing`() async throws {
    let topics = Topics()
    let forgetting = Task {
      while !Task.isCancelled {
        topics.forget("a")
        await Task.yield()
      }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        group.addTask {
          for _ in 0..<200 {
            let subscription = try topics.subscribe(to: "a", as: Int.self)
            try await topics.publish(number, to: "a")
            while let value = await subscription.values(1).first, value != number {}
          }
        }
      }
      try await group.waitForAll()
    }
    forgetting.cancel()
    await forgetting.value
  }

  @Test func `a workflow's queues stand among the topics`() async throws {
    let (topics, gate) = (Topics(), Gate())
    try await topics.publish(1, to: "zebra")
    try await topics.publish(1, to: "alerts")
    try await withWorkflow { workflow in
      let a = try workflow.addStage("first") { (number: Int) in
        try await gate.pass()
        return number
      }
      let b = try workflow.pass("second", Int.self)
      try workflow.link(a, to: b)
      #expect(workflow.queueStatistics.isEmpty)
    } use: { workflow, _ in
      var runs: [Run] = []
      for number in 0..<3 { runs.append(try await workflow.submit(number)) }
      await gate.arrivals(1)
      let all = topics.statistics(including: workflow)
      #expect(all.map(\.topic) == ["alerts", "zebra", "first", "second"])
      #expect(all.map(\.workflow) == [nil, nil, "test", "test"])
      #expect(all.map { $0.totals?.published } == [1, 1, nil, nil])
      #expect(all[2].running == 1 && all[2].waiting <= 2)
      #expect(all[3].running == 0 && all[3].waiting == 0)
      gate.open()
      for run in runs { try await run.completion() }
    }
  }
}
