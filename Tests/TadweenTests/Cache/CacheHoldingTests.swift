import Dispatch
import Foundation
import Testing

@testable import Tadween

/// Closures that have buckets to themselves, each on a thread of its own.
@Suite(.timeLimit(.minutes(1))) struct CacheHoldingTests {
  struct Shelf: CacheBucket {
    var number: Int?
  }

  /// Runs both on threads of their own, and returns when both have ended.
  private func run(_ one: @escaping @Sendable () -> Void, beside other: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
      let left = Locked(2)
      for body in [one, other] {
        Thread.detachNewThread {
          body()
          let isLast = left.withLock { left in
            left -= 1
            return left == 0
          }
          if isLast { continuation.resume() }
        }
      }
    }
  }

  /// Lets nobody go on before both have come.
  private struct Meeting: Sendable {
    private let one = DispatchSemaphore(value: 0)
    private let other = DispatchSemaphore(value: 0)
    func first() {
      one.signal()
      other.wait()
    }
    func second() {
      other.signal()
      one.wait()
    }
  }

  @Test func closuresOfTwoBucketsRunAtOnce() async {
    let cache = Cache<Shelf>()
    let meeting = Meeting()
    await run {
      cache.withBucket("a") { shelf in
        meeting.first()
        shelf.number = 1
      }
    } beside: {
      cache.withBucket("b") { shelf in
        meeting.second()
        shelf.number = 2
      }
    }
    #expect(cache["a", \.number] == 1)
    #expect(cache["b", \.number] == 2)
    #expect(cache.statistics.evictions == 0)
  }

  @Test func twoThatWantEachOthersBucketEndAndOneBucketIsLost() async {
    let cache = Cache<Shelf>()
    for key in ["a", "b"] { cache.set(\.number, 1, for: key) }
    let meeting = Meeting()
    let found = Locked<[Int?]>([])
    await run {
      cache.withBucket("a") { _ in
        meeting.first()
        let number = cache["b", \.number]
        found.withLock { $0.append(number) }
      }
    } beside: {
      cache.withBucket("b") { _ in
        meeting.second()
        let number = cache["a", \.number]
        found.withLock { $0.append(number) }
      }
    }
    #expect(found.withLock { $0.compactMap { $0 } } == [1])
    #expect(cache.statistics.evictions == 1)
    #expect(cache.statistics.buckets == 1)
    #expect(["a", "b"].compactMap { cache[$0, \.number] } == [1])
  }

  @Test func whatIsRemovedWhileItIsChangedIsNotKept() {
    let cache = Cache<Shelf>()
    cache.withBucket("a") { shelf in
      cache.remove("a")
      // A new one, which is nobody's.
      cache.set(\.number, 2, for: "a")
      shelf.number = 1
    }
    #expect(cache["a", \.number] == 2)
    #expect(cache.statistics.buckets == 1)
  }

  @Test func aClosureThatAsksForItsOwnBucketStopsTheProgram() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let cache = Cache<Shelf>()
      cache.withBucket("a") { _ in _ = cache["a", \.number] }
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("use the bucket that the closure was given"), "\(words)")
  }

  @Test func aPolicyThatCannotBeUsedStopsTheProgram() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Cache<Shelf>(policy: .init(maxBuckets: 0))
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("maxBuckets is 0"), "\(words)")
  }
}
