import TadweenTesting
import Testing

@testable import Tadween

/// Random operations, beside a list that does what the documentation says in the simplest way.
@Suite(.timeLimit(.minutes(2))) struct CacheModelTests {
  struct Shelf: CacheBucket {
    typealias Key = Int
    var text: String?
  }

  /// Buckets in a list, each with all that decides over it.
  struct Model {
    struct Bucket {
      let key: Int
      var text: String?
      var made: Int
      var used: Int
      var read: Int
      var uses = 1
      var readsLeft: Int
      var deadline: Duration
      var run: RunID?

      var cost: Int { text?.utf8.count ?? 0 }
    }

    let policy: CachePolicy
    var buckets: [Bucket] = []
    var step = 0
    var now = Duration.zero
    var counts = CacheStatistics()

    /// What happened, and what is there.
    var statistics: CacheStatistics {
      var statistics = counts
      statistics.cost = buckets.reduce(0) { $0 + $1.cost }
      statistics.buckets = buckets.count
      return statistics
    }

    mutating func expire() {
      if policy.timeToLive == nil { return }
      counts.expirations += buckets.count { $0.deadline <= now }
      buckets.removeAll { $0.deadline <= now }
    }

    mutating func read(_ key: Int) -> String? {
      step += 1
      expire()
      guard let index = buckets.firstIndex(where: { $0.key == key }), let text = buckets[index].text else {
        counts.misses += 1
        return nil
      }
      counts.hits += 1
      buckets[index].used = step
      buckets[index].read = step
      buckets[index].uses += 1
      if policy.maxReads != nil {
        buckets[index].readsLeft -= 1
        if buckets[index].readsLeft == 0 {
          buckets.remove(at: index)
          counts.expirations += 1
        }
      }
      return text
    }

    mutating func set(_ key: Int, _ text: String, _ run: RunID?) {
      step += 1
      expire()
      let others = buckets.filter { $0.key != key }
      let isNew = others.count == buckets.count
      let cost = others.reduce(text.utf8.count) { $0 + $1.cost }
      let old = buckets.first { $0.key == key }
      let grows = text.utf8.count > old?.cost ?? -1
      let isFull = isNew && others.count >= policy.maxBuckets ?? .max || grows && cost > policy.maxCost ?? .max
      if text.utf8.count > policy.maxCost ?? .max || policy.eviction == .refuse && isFull {
        counts.refusals += 1
        // What was there is gone, and the bucket stays without it.
        if let index = buckets.firstIndex(where: { $0.key == key }) { buckets[index].text = nil }
        return
      }
      var bucket =
        old
        ?? Bucket(
          key: key, text: text, made: step, used: step, read: step, uses: 0, readsLeft: policy.maxReads ?? 0,
          deadline: .zero)
      bucket.text = text
      bucket.used = step
      bucket.uses += 1
      bucket.deadline = now + (policy.timeToLive ?? .zero)
      bucket.run = run ?? bucket.run
      buckets = others
      while buckets.count + 1 > policy.maxBuckets ?? .max
        || buckets.reduce(text.utf8.count, { $0 + $1.cost }) > policy.maxCost ?? .max
      {
        let victim = buckets.min { rank($0) < rank($1) }
        buckets.removeAll { $0.key == victim?.key }
        counts.evictions += 1
      }
      buckets.append(bucket)
    }

    private func rank(_ bucket: Bucket) -> (Int, Int) {
      switch policy.eviction {
      case .leastRecentlyUsed: (bucket.used, 0)
      case .leastFrequentlyUsed: (bucket.uses, bucket.used)
      case .fewestReadsLeft: (bucket.readsLeft, bucket.read)
      default: (bucket.made, 0)
      }
    }
  }

  @Test(
    arguments: [
      CacheEviction.leastRecentlyUsed, .leastFrequentlyUsed, .firstIn, .fewestReadsLeft, .refuse,
    ]) func doesWhatItsDocumentationSays(_ eviction: CacheEviction)
  {
    for seed in 0..<1_500 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let reads = eviction == .fewestReadsLeft || seed % 3 == 0 ? Int.random(in: 1...6, using: &random) : nil
      let policy = CachePolicy(
        maxBuckets: seed % 2 == 0 ? Int.random(in: 1...6, using: &random) : nil,
        maxCost: seed % 2 == 1 || seed % 5 == 0 ? Int.random(in: 4...24, using: &random) : nil, eviction: eviction,
        timeToLive: seed % 4 == 0 ? .seconds(8) : nil, maxReads: reads)
      let clock = TestClock()
      // Measured as a whole or value by value: the same comes of it.
      let length: @Sendable (Shelf) -> Int = { $0.text?.utf8.count ?? 0 }
      let cache = Cache<Shelf>(policy: policy, clock: clock, cost: seed % 7 < 3 ? length : nil)
      var model = Model(policy: policy)
      let runs = (1...3).map { RunID(high: 0, low: $0) }
      for step in 0..<60 {
        let key = Int.random(in: 0..<8, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9:
          let text = String(repeating: "x", count: Int.random(in: 1...9, using: &random))
          let run = Bool.random(using: &random) ? runs.randomElement(using: &random) : nil
          cache.set(\.text, text, for: key, until: run)
          model.set(key, text, run)
        case 9..<16:
          let text = model.read(key)
          let found = cache[key, \.text]
          #expect(found == text, "seed \(seed), step \(step), \(policy)")
        case 16:
          cache.remove(key)
          model.expire()
          model.buckets.removeAll { $0.key == key }
        case 17:
          let run = runs.randomElement(using: &random)!
          cache.removeBuckets(of: run)
          model.expire()
          model.buckets.removeAll { $0.run == run }
        default:
          clock.advance(by: .seconds(3))
          model.now += .seconds(3)
        }
        model.expire()
        let statistics = cache.statistics
        guard statistics == model.statistics else {
          Issue.record("seed \(seed), step \(step), \(policy): \(statistics) beside \(model.statistics)")
          break
        }
      }
    }
  }
}
