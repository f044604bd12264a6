import Foundation
import Testing

@testable import Tadween

/// Many tasks at once.
@Suite(.timeLimit(.minutes(2))) struct CacheHammerTests {
  /// `TADWEEN_SECONDS` asks for longer, in seconds; see `Scripts/torture-repositories`.
  static let time: Duration? =
    ProcessInfo.processInfo.environment["TADWEEN_SECONDS"].flatMap(Int.init).map { .seconds($0) }

  struct Pair: CacheBucket {
    typealias Key = Int
    var left: Int?
    var right: Int?
    var count = 0
    var note: String?
  }

  @Test("trap 12: a cache under concurrent access keeps its limits, and each bucket whole")
  func manyTasksAtOnce() async {
    // The notes are what costs: no other property is set.
    let cache = Cache<Pair>(policy: .init(maxBuckets: 16, maxCost: 400))
    let greatest = Locked(0)
    let end = Self.time.map { ContinuousClock.now + $0 }
    let steps = await withTaskGroup(of: Int.self) { group in
      for worker in 0..<64 as Range<UInt64> {
        group.addTask {
          var random = SplitMix64(seed: worker)
          var steps = 0
          while steps < 400 || end.map({ ContinuousClock.now < $0 }) ?? false {
            steps += 1
            let key = Int.random(in: 0..<32, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3:
              let cost = cache.statistics.cost
              greatest.withLock { $0 = max($0, cost) }
              cache.withBucket(key) { pair in
                #expect(pair.left == pair.right)
                pair.count += 1
                pair.left = pair.count
                // Another bucket meanwhile, and perhaps one whose holder wants this one.
                _ = cache[(key + 1) % 32, \.left]
                pair.right = pair.count
              }
            case 7, 8:
              let length = Int.random(in: 1...80, using: &random)
              cache.set(\.note, String(repeating: "x", count: length), for: key)
              _ = cache[key, \.note]
            case 4: cache.remove(key)
            case 5: cache.removeBuckets(of: RunID(high: 0, low: worker % 4))
            case 6: cache.withBucket(key, until: RunID(high: 0, low: worker % 4)) { #expect($0.left == $0.right) }
            default: _ = cache[key, \.right]
            }
          }
          return steps
        }
      }
      return await group.reduce(0, +)
    }
    print("hammer: cache: \(steps) steps")
    // The limit was reached, and kept all the time.
    #expect(greatest.withLock { $0 } > 200 && greatest.withLock { $0 } <= 400)
    let statistics = cache.statistics
    #expect(statistics.evictions > 0)
    #expect(statistics.buckets <= 16)
    #expect(statistics.cost >= 0 && statistics.cost <= 400)
    cache.removeAll()
    #expect(cache.statistics.buckets == 0)
    #expect(cache.statistics.cost == 0)
  }

  @Test func changesOfOneBucketFollowOneAnother() async {
    let cache = Cache<Pair>()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<64 {
        group.addTask { for _ in 0..<200 { cache.withBucket(0) { $0.count += 1 } } }
      }
    }
    #expect(cache[0, \.count] == 64 * 200)
  }
}
