import Testing

@testable import Tadween

@Suite(.timeLimit(.minutes(1))) struct TopicsDeliveryTests {
  @Test func `every subscription gets each message once and in order`() async throws {
    let topics = Topics()
    let first = try topics.subscribe(to: "numbers", as: Int.self)
    let second = try topics.subscribe(to: "numbers", as: Int.self)
    for number in 0..<1_000 { try await topics.publish(number, to: "numbers") }
    async let a = first.values()
    async let b = second.values()
    try await topics.close()
    #expect(await a == Array(0..<1_000))
    #expect(await b == Array(0..<1_000))
  }

  @Test func `a subscription gets what is published after it, and on its own topic`() async throws {
    let topics = Topics()
    try await topics.publish(1, to: "a")
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    try await topics.publish(2, to: "b")
    try await topics.publish(3, to: "a")
    #expect(await subscription.values(1) == [3])
    subscription.cancel()
    try await topics.close()
  }

  @Test func `whoever waits is handed what comes`() async throws {
    let topics = Topics()
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    async let values = subscription.values()
    for number in 0..<100 {
      try await topics.publish(number, to: "a")
      await eventually { topics.statistics(of: "a").waiting == 0 }
    }
    try await topics.close()
    #expect(await values == Array(0..<100))
  }

  @Test func `metadata and identity travel along, the same for all`() async throws {
    let topics = Topics()
    let a = try topics.subscribe(to: "a", as: String.self)
    let b = try topics.subscribe(to: "a")
    let id = try await topics.publish("x", to: "a", metadata: [.origin: "test"])
    var (one, other) = (a.makeAsyncIterator(), b.makeAsyncIterator())
    let x = try #require(await one.next())
    let y = try #require(await other.next())
    #expect(x.id == id && y.id == id)
    #expect(x.metadata == [.origin: "test"])
    #expect(x.message.topic == "a")
    #expect(x.message.run == nil)
    #expect(y.value.value(as: String.self) == "x")
  }

  @Test func `no two publications have the same id`() async throws {
    let topics = Topics()
    let ids = try await withThrowingTaskGroup(of: [MessageID].self) { group in
      for _ in 0..<8 {
        group.addTask {
          var ids: [MessageID] = []
          for n in 0..<200 { ids.append(try await topics.publish(n, to: "a")) }
          return ids
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(ids).count == 1_600)
  }

  @Test func `values of another type are converted where they can be`() async throws {
    struct Alert: Codable, Equatable { var text: String }
    let topics = Topics()
    let subscription = try topics.subscribe(to: "alerts", as: Alert.self)
    try await topics.publish(["text": "disk full"], to: "alerts")
    try await topics.publish(Alert(text: "again"), to: "alerts")
    #expect(await subscription.values(2) == [Alert(text: "disk full"), Alert(text: "again")])
  }

  @Test func `several loops over one subscription share its messages`() async throws {
    let topics = Topics()
    let subscription = try topics.subscribe(to: "a", as: Int.self)
    async let one = subscription.values()
    async let other = subscription.values()
    for number in 0..<500 { try await topics.publish(number, to: "a") }
    try await topics.close()
    #expect(await (one + other).sorted() == Array(0..<500))
  }

  @Test func `64 concurrent publishers reach every subscription exactly once, each in its order`() async throws {
    let topics = Topics()
    let kinds: [TopicBuffer] = [.unbounded, .bounded(3), .unbounded, .bounded(50)]
    let subscriptions = try kinds.map { try topics.subscribe(to: "a", as: [Int].self, buffer: $0) }
    try await withThrowingTaskGroup(of: [[Int]]?.self) { group in
      for subscription in subscriptions { group.addTask { await subscription.values() } }
      for publisher in 0..<64 {
        group.addTask {
          for number in 0..<20 { try await topics.publish([publisher, number], to: "a") }
          return nil
        }
      }
      var left = 64
      while let result = try await group.next() {
        if let values = result {
          #expect(values.count == 64 * 20)
          for publisher in 0..<64 {
            #expect(values.filter { $0[0] == publisher }.map { $0[1] } == Array(0..<20))
          }
        } else {
          left -= 1
          if left == 0 { try await topics.close() }
        }
      }
    }
    let totals = topics.totals(of: "a")
    #expect(totals.published == 1_280)
    #expect(totals.acknowledged == 4 * 1_280)
    #expect(totals.dropped == 0)
  }
}

extension MetadataKey {
  fileprivate static let origin = MetadataKey("origin")
}
