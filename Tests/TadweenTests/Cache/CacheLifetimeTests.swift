import TadweenTesting
import Testing

@testable import Tadween

/// Objects in buckets and keys are let go of by the call with which their bucket goes.
@Suite(.timeLimit(.minutes(1))) struct CacheLifetimeTests {
  final class Thing: Sendable {}

  struct Name: Hashable {
    let text: String
    let thing = Thing()
    static func == (left: Name, right: Name) -> Bool { left.text == right.text }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
  }

  struct Shelf: CacheBucket {
    typealias Key = Name
    var thing: Thing?
    var text: String?
  }

  /// The objects that a new bucket has: the one in its key, and the one in itself.
  private struct Held {
    weak var key: Thing?
    weak var value: Thing?
    var isGone: Bool { key == nil && value == nil }
  }

  private func fill(_ cache: Cache<Shelf>, _ text: String, until run: RunID? = nil) -> Held {
    let (name, thing) = (Name(text: text), Thing())
    cache.set(\.thing, thing, for: name, until: run)
    let held = Held(key: name.thing, value: thing)
    #expect(cache.statistics.buckets > 0)
    return held
  }

  @Test func withTheTimeToLive() {
    let clock = TestClock()
    let cache = Cache<Shelf>(policy: .init(timeToLive: .seconds(10)), clock: clock)
    let (one, other) = (fill(cache, "a"), fill(cache, "b"))
    clock.advance(by: .seconds(9))
    _ = cache.statistics
    #expect(one.key != nil && one.value != nil && !other.isGone)
    clock.advance(by: .seconds(1))
    // Any use of the cache will do, and the key may be in use again by then.
    cache.set(\.text, "x", for: Name(text: "a"))
    #expect(one.isGone && other.isGone)
    #expect(cache[Name(text: "a"), \.text] == "x")
  }

  /// Does something else while it is made.
  struct Busy: CacheBucket {
    static let business = Locked<(@Sendable () -> Void)?>(nil)
    var number: Int?

    init() {
      let business = Self.business.withLock { business in
        defer { business = nil }
        return business
      }
      business?()
    }
  }

  @Test func withoutTheNextBucketOfItsKey() {
    let clock = TestClock()
    let cache = Cache<Busy>(policy: .init(timeToLive: .seconds(10)), clock: clock)
    Busy.business.withLock { business in
      business = {
        cache.set(\.number, 1, for: "a")
        clock.advance(by: .seconds(10))
      }
    }
    cache.set(\.number, 2, for: "a")
    #expect(cache["a", \.number] == 2)
    #expect(cache.statistics.expirations == 1)
    #expect(cache.statistics.buckets == 1)
  }

  @Test func withTheLastRead() {
    let cache = Cache<Shelf>(policy: .init(maxReads: 2))
    let held = fill(cache, "a")
    #expect(cache[Name(text: "a"), \.thing] != nil)
    #expect(!held.isGone)
    var thing = cache[Name(text: "a"), \.thing]
    #expect(thing != nil && held.key == nil && held.value === thing)
    thing = nil
    #expect(held.isGone)
  }

  @Test func withItsRun() {
    let cache = Cache<Shelf>()
    let run = RunID(high: 0, low: 1)
    let (one, other) = (fill(cache, "a", until: run), fill(cache, "b"))
    cache.removeBuckets(of: run)
    #expect(one.isGone && other.key != nil && other.value != nil)
  }

  @Test func whenAllAreRemoved() {
    let cache = Cache<Shelf>()
    let all = ["a", "b", "c"].map { fill(cache, $0) }
    cache.removeAll()
    #expect(all.allSatisfy { $0.isGone })
    // The places are free again, and nobody's.
    let held = fill(cache, "d")
    #expect(cache.statistics.buckets == 1)
    cache.remove(Name(text: "a"))
    #expect(cache[Name(text: "d"), \.thing] === held.value)
  }

  @Test func whenTheyMakeRoom() {
    let cache = Cache<Shelf>(policy: .init(maxBuckets: 1))
    let held = fill(cache, "a")
    cache.withBucket(Name(text: "b")) { #expect($0.thing == nil) }
    #expect(held.isGone)
  }

  @Test func whenAChangeMakesThemTooDear() {
    let cache = Cache<Shelf>(policy: .init(maxBucketCost: 1)) { $0.text?.utf8.count ?? 0 }
    let held = fill(cache, "a")
    cache.withBucket(Name(text: "a")) { $0.text = "xx" }
    #expect(held.isGone)
    #expect(cache.statistics.refusals == 1)
  }

  @Test func withTheCache() {
    var cache: Cache<Shelf>? = Cache()
    let held = cache.map { fill($0, "a") }
    cache = nil
    #expect(held?.isGone == true)
  }
}
