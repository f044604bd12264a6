import TadweenTesting
import Testing

@testable import Tadween

/// What a cache keeps, and for how long.
@Suite(.timeLimit(.minutes(1))) struct CacheTests {
  struct Shelf: CacheBucket {
    var text: String?
    var number: Int?
    var thing: Thing?
    var touches = 0
  }

  /// Tells when it is let go of.
  final class Thing: Sendable {
    let onEnd: @Sendable () -> Void
    init(_ onEnd: @escaping @Sendable () -> Void) { self.onEnd = onEnd }
    deinit { onEnd() }
  }

  @Test func whatIsSetIsFoundUntilItIsRemoved() {
    let cache = Cache<Shelf>()
    #expect(cache["a", \.text] == nil)
    #expect(cache.set(\.text, "x", for: "a") == .stored)
    #expect(cache["a", \.text] == "x")
    #expect(cache["a", \.number] == nil)
    #expect(cache["b", \.text] == nil)
    cache.set(\.text, nil, for: "a")
    #expect(cache["a", \.text] == nil)
    // Nil makes no bucket.
    cache.set(\.text, nil, for: "c")
    #expect(cache.statistics.buckets == 1)
    cache.remove("a")
    #expect(cache["a", \.touches] == nil)
    #expect(cache.statistics.buckets == 0)
    cache.set(\.number, 1, for: "a")
    cache.removeAll()
    #expect(cache["a", \.number] == nil)
    #expect(cache.statistics.hits == 1)
    #expect(cache.statistics.misses == 6)
  }

  @Test func aBucketIsChangedAsAWhole() throws {
    let cache = Cache<Shelf>()
    let touches = cache.withBucket("a") { shelf in
      shelf.touches += 1
      shelf.text = "x"
      return shelf.touches
    }
    #expect(touches == 1)
    #expect(cache["a", \.text] == "x")
    #expect(throws: Trouble.self) {
      try cache.withBucket("a") { shelf in
        shelf.touches += 1
        throw Trouble("no")
      }
    }
    #expect(cache["a", \.touches] == 2)
    // It may use the cache for other keys.
    cache.withBucket("a") { _ in _ = cache.set(\.number, 7, for: "b") }
    #expect(cache["b", \.number] == 7)
  }

  @Test func aBucketLivesAsLongAsItsPolicySaysAfterItsLastWrite() {
    let clock = TestClock()
    let cache = Cache<Shelf>(policy: .init(timeToLive: .seconds(10)), clock: clock)
    cache.set(\.text, "x", for: "a")
    cache.set(\.text, "y", for: "b")
    clock.advance(by: .seconds(9))
    #expect(cache["a", \.text] == "x")
    cache.set(\.number, 1, for: "b")
    clock.advance(by: .seconds(1))
    // A read does not prolong, a write does.
    #expect(cache["a", \.text] == nil)
    #expect(cache["b", \.text] == "y")
    cache.withBucket("b") { _ in clock.advance(by: .seconds(100)) }
    clock.advance(by: .seconds(9))
    #expect(cache["b", \.text] == "y")
    clock.advance(by: .seconds(1))
    #expect(cache["b", \.text] == nil)
    #expect(cache.statistics.expirations == 2)
    #expect(cache.statistics.buckets == 0)
  }

  @Test func aBucketGoesWithItsLastRead() {
    let cache = Cache<Shelf>(policy: .init(maxReads: 2))
    cache.set(\.text, "x", for: "a")
    #expect(cache["a", \.number] == nil)
    #expect(cache["a", \.text] == "x")
    #expect(cache["a", \.text] == "x")
    #expect(cache["a", \.text] == nil)
    #expect(cache.statistics.buckets == 0)
    #expect(cache.statistics.expirations == 1)
  }

  @Test func whatCostsTooMuchIsRefusedAndNothingOlderIsReadInItsPlace() {
    let cache = Cache<Shelf>(policy: .init(maxCost: 100, maxBucketCost: 20, maxValueCost: 10))
    #expect(cache.set(\.text, "1234567890", for: "a") == .stored)
    #expect(cache.set(\.text, "12345678901", for: "a") == .refused(.valueTooCostly(cost: 11, limit: 10)))
    #expect(cache["a", \.text] == nil)
    #expect(cache.statistics.cost == 0)
    #expect(cache.set(\.thing, Thing {}, for: "b") == .refused(.unknownCost(type: "Optional<Thing>")))
    #expect(cache.statistics.refusals == 2)
    cache.set(\.number, 1, for: "b")
    #expect(cache.statistics.cost == 8)
    cache.set(\.text, "1234567890", for: "b")
    #expect(cache.statistics.cost == 18)
  }

  @Test func aBucketsCostIsThatOfItsValues() {
    let cache = Cache<Shelf>(policy: .init(maxBucketCost: 12))
    cache.set(\.number, 1, for: "a")
    #expect(cache.set(\.text, "12345", for: "a") == .refused(.bucketTooCostly(cost: 13, limit: 12)))
    #expect(cache["a", \.number] == 1)
    #expect(cache.set(\.text, "1234", for: "a") == .stored)
    #expect(cache.set(\.text, "12", for: "a") == .stored)
    #expect(cache.statistics.cost == 10)
    // What a closure has changed is measured again.
    cache.withBucket("a") { $0.text = "1" }
    #expect(cache.set(\.number, 2, for: "a") == .stored)
    #expect(cache.statistics.cost == 9)
    cache.withBucket("a") { $0.text = "12345" }
    #expect(cache["a", \.number] == nil)
    #expect(cache.statistics.cost == 0)
  }

  @Test func aCostFunctionMeasuresWholeBuckets() {
    let cache = Cache<Shelf>(policy: .init(maxCost: 10)) { $0.touches + ($0.text?.count ?? 0) }
    cache.withBucket("a") { $0.touches = 4 }
    #expect(cache.set(\.text, "123456", for: "b") == .stored)
    #expect(cache.statistics.cost == 10)
    cache.withBucket("b") { $0.touches = 1 }
    #expect(cache["a", \.touches] == nil)
    #expect(cache.set(\.text, "12345678901", for: "b") == .refused(.bucketTooCostly(cost: 12, limit: 10)))
    #expect(cache["b", \.text] == nil)
    #expect(cache["b", \.touches] == 1)
    #expect(cache.statistics.cost == 1)
  }

  @Test func whatDoesNotFitIsRefusedWhereNothingIsEvicted() {
    let cache = Cache<Shelf>(policy: .init(maxBuckets: 1, eviction: .refuse))
    cache.set(\.text, "x", for: "a")
    #expect(cache.set(\.text, "y", for: "b") == .refused(.full))
    #expect(cache.set(\.text, "z", for: "a") == .stored)
    // The closure runs, and what it changes is not kept.
    #expect(cache.withBucket("b") { $0.touches } == 0)
    #expect(cache["b", \.touches] == nil)
    #expect(cache["a", \.text] == "z")
    #expect(cache.statistics.evictions == 0)
    #expect(cache.statistics.refusals == 2)
  }

  @Test func bucketsOfARunGoWithIt() {
    let (one, two) = (RunID(high: 0, low: 1), RunID(high: 0, low: 2))
    let cache = Cache<Shelf>()
    cache.set(\.text, "x", for: "a", until: one)
    cache.set(\.text, "x", for: "b", until: one)
    cache.withBucket("b", until: two) { $0.touches += 1 }
    cache.set(\.text, "x", for: "c")
    cache.set(\.number, 1, for: "a")
    cache.removeBuckets(of: one)
    #expect(cache["a", \.text] == nil)
    #expect(cache["b", \.text] == "x")
    cache.removeBuckets(of: two)
    cache.removeBuckets(of: two)
    #expect(cache["b", \.text] == nil)
    #expect(cache["c", \.text] == "x")
  }

  @Test func whatGoesIsLetGoOfAtOnceAndMayUseTheCache() {
    let cache = Cache<Shelf>(policy: .init(maxBuckets: 1))
    let ends = Locked(0)
    func thing() -> Thing {
      Thing {
        ends.withLock { $0 += 1 }
        #expect(cache["z", \.number] == nil)
        cache.remove("z")
      }
    }
    cache.set(\.thing, thing(), for: "a")
    cache.set(\.thing, thing(), for: "a")
    #expect(ends.withLock { $0 } == 1)
    cache.set(\.thing, nil, for: "a")
    #expect(ends.withLock { $0 } == 2)
    cache.set(\.thing, thing(), for: "a")
    cache.set(\.text, "x", for: "b")
    #expect(ends.withLock { $0 } == 3)
    cache.set(\.thing, thing(), for: "b")
    cache.remove("b")
    #expect(ends.withLock { $0 } == 4)
  }

  @Test func aPolicyThatCannotBeUsedSaysAllThatIsWrong() throws {
    let policy = CachePolicy(maxBuckets: 0, maxCost: -1, eviction: .fewestReadsLeft, timeToLive: .zero)
    let error = #expect(throws: TadweenError.self) { try policy.check() }
    #expect(error?.code == .invalidArgument)
    for name in ["maxBuckets is 0", "maxCost is -1", "timeToLive is 0.0 seconds", "fewestReadsLeft"] {
      #expect(error?.message.contains(name) == true)
    }
    try CachePolicy(maxBuckets: 1, timeToLive: .seconds(1)).check()
  }
}
