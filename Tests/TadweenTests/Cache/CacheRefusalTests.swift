import TadweenTesting
import Testing

@testable import Tadween

/// What is refused, what is left of it, and what is counted.
@Suite(.timeLimit(.minutes(1))) struct CacheRefusalTests {
  struct Shelf: CacheBucket {
    var text: String?
    var other: String?
    var plain: Plain?
    var dear: Dear?
  }
  /// Nothing tells what it costs.
  struct Plain: Sendable { var text: String }
  struct Dear: CacheCosted, Sendable { var cacheCost: Int { .max } }

  /// The same cache, measured value by value and as a whole.
  private func caches(_ policy: CachePolicy, clock: TestClock = TestClock()) -> [Cache<Shelf>] {
    [
      Cache(policy: policy, clock: clock),
      Cache(policy: policy, clock: clock) { ($0.text?.utf8.count ?? 0) + ($0.other?.utf8.count ?? 0) },
    ]
  }

  @Test func aRefusalCountsOnceAndLeavesTheRestOfTheBucket() {
    for cache in caches(.init(maxBucketCost: 10)) {
      cache.set(\.text, "12345", for: "a")
      #expect(cache.set(\.other, "123456789", for: "a") == .refused(.bucketTooCostly(cost: 14, limit: 10)))
      #expect(cache.statistics.refusals == 1)
      #expect(cache.statistics.cost == 5)
      #expect(cache["a", \.text] == "12345")
      // No bucket is made for what is refused.
      #expect(cache.set(\.other, "12345678901", for: "b") == .refused(.bucketTooCostly(cost: 11, limit: 10)))
      #expect(cache.statistics.refusals == 2)
      #expect(cache.statistics.buckets == 1)
    }
  }

  @Test func whatIsTakenOutOrRefusedGivesBackItsOwnCostAndNoOther() {
    for cache in caches(.init(maxCost: 100, maxValueCost: 70)) {
      cache.set(\.text, String(repeating: "x", count: 60), for: "a")
      cache.set(\.other, "xx", for: "a")
      #expect(cache.statistics.cost == 62)
      cache.set(\.other, nil, for: "a")
      #expect(cache.statistics.cost == 60)
      cache.set(\.other, "xx", for: "a")
      let refusal = CacheRefusal.valueTooCostly(cost: 71, limit: 70)
      #expect(cache.set(\.other, String(repeating: "x", count: 71), for: "a") == .refused(refusal))
      #expect(cache["a", \.other] == nil)
      #expect(cache.statistics.cost == 60)
      #expect(cache.set(\.other, String(repeating: "x", count: 71), for: "b") == .refused(refusal))
      cache.set(\.other, nil, for: "b")
      #expect(cache.statistics.buckets == 1)
    }
  }

  @Test func whatIsRefusedProlongsNothing() {
    let clock = TestClock()
    for cache in caches(.init(maxBucketCost: 10, timeToLive: .seconds(10)), clock: clock) {
      cache.set(\.text, "12345", for: "a")
      cache.set(\.text, "12345", for: "b")
      clock.advance(by: .seconds(6))
      cache.set(\.other, "123456789", for: "a")
      #expect(cache["a", \.text] == "12345")
      clock.advance(by: .seconds(4))
      #expect(cache["a", \.text] == nil)
      #expect(cache.statistics.expirations == 2)
    }
  }

  @Test func whatIsRefusedAfterItsTimeIsGone() {
    let clock = TestClock()
    let cache = Cache<Shelf>(policy: .init(maxBucketCost: 10, timeToLive: .seconds(10)), clock: clock) { shelf in
      // Measuring takes its time, and the bucket's too.
      if shelf.other != nil { clock.advance(by: .seconds(11)) }
      return shelf.text == nil ? 0 : shelf.other == nil ? 5 : 11
    }
    cache.set(\.text, "12345", for: "a")
    #expect(!cache.set(\.other, "1", for: "a").isStored)
    #expect(cache["a", \.text] == nil)
    #expect(cache.statistics.expirations == 1)
    #expect(cache.statistics.buckets == 0)
  }

  @Test func aCostFunctionKnowsWhatNothingElseTells() {
    let policy = CachePolicy(maxValueCost: 3)
    #expect(
      Cache<Shelf>(policy: policy).set(\.plain, Plain(text: "1"), for: "a")
        == .refused(.unknownCost(type: "Optional<Plain>")))
    let cache = Cache<Shelf>(policy: policy) { 10 + ($0.plain?.text.utf8.count ?? 0) }
    #expect(cache.set(\.plain, Plain(text: "123"), for: "a") == .stored)
    #expect(cache.set(\.plain, Plain(text: "1234"), for: "a") == .refused(.valueTooCostly(cost: 4, limit: 3)))
    #expect(cache["a", \.plain]?.text == nil)
    #expect(cache.statistics.cost == 10)
  }

  @Test func aBucketThatIsTooDearWithoutWhatWasRefusedGoes() {
    let cache = Cache<Shelf>(policy: .init(maxBucketCost: 10)) { $0.text?.utf8.count ?? 100 }
    cache.set(\.text, "12345", for: "a")
    #expect(!cache.set(\.text, "12345678901", for: "a").isStored)
    #expect(cache.statistics.buckets == 0)
    #expect(cache.statistics.cost == 0)
    #expect(cache.statistics.refusals == 1)
  }

  @Test func whatCostsMoreThanCanBeCountedIsRefusedLikeAnythingElse() {
    let cache = Cache<Shelf>(policy: .init(maxBucketCost: 10))
    cache.set(\.text, "1", for: "a")
    #expect(cache.set(\.dear, Dear(), for: "a") == .refused(.bucketTooCostly(cost: .max, limit: 10)))
    #expect(cache["a", \.text] == "1")
    #expect([Dear(), Dear()].cacheCost == .max)
    let endless = Cache<Shelf>()
    for key in ["a", "b"] {
      endless.set(\.dear, Dear(), for: key)
      endless.set(\.text, "1", for: key)
    }
    #expect(endless.statistics.cost == .max)
    for key in ["a", "b"] { endless.set(\.dear, nil, for: key) }
    #expect(endless.statistics.cost == 2)
  }
}
