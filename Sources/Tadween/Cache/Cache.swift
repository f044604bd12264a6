/// Typed buckets that the stages of a program share, in this process, with limits.
///
/// ```swift
/// struct AudioBucket: CacheBucket {
///   var samples: [Float]?
///   var touches = 0
/// }
///
/// let cache = Cache<AudioBucket>(policy: .init(maxBuckets: 64, timeToLive: .seconds(300)))
/// cache.set(\.samples, samples, for: "a.wav")
/// let samples = cache["a.wav", \.samples]          // nil when absent, expired or evicted
/// cache.withBucket("a.wav") { $0.touches += 1 }    // atomic
/// ```
/// A cache may lose any bucket at any time, and whoever reads from it can make again what is gone. It does not survive its
/// process.
///
/// What is removed, evicted, expired or replaced is let go of at once, and so is the memory of large values, once nobody
/// else has them. What has expired goes with the next use of the cache, whichever that is; no task of the cache's own runs.
///
/// It may be used from any number of tasks and threads. No user's code runs under its lock, with these exceptions, none of
/// which may use the cache: comparing and hashing a key, and computed properties and observers of a bucket. The `deinit`
/// of a value may use it.
///
/// Cost: an operation takes one short lock, changes within a bucket that is measured as a whole two. O(1), or O(log n) with
/// the evictions that say so; what expires or makes room is paid for once a bucket. A key path that is written out in the
/// call costs nothing; one that comes from elsewhere is looked up each time.
public final class Cache<Bucket: CacheBucket>: RunScopedCache {
  public typealias Key = Bucket.Key
  @usableFromInline typealias Entry = CacheEntry<Bucket>

  /// The limits that it was made with.
  public let policy: CachePolicy
  @usableFromInline let table: Locked<CacheTable<Bucket>>
  /// What a whole bucket costs; nil where the values that are set tell.
  @usableFromInline let measure: (@Sendable (Bucket) -> Int)?
  /// The time since the cache was made; nil where nobody asks for it.
  @usableFromInline let elapsed: (@Sendable () -> Duration)?

  /// Makes an empty cache. A policy that cannot be used stops the program with a sentence that says why: see
  /// ``CachePolicy/check()``.
  ///
  /// - Parameters:
  ///   - policy: Its limits; none by default.
  ///   - clock: Measures how long buckets live. Asked only where the policy says that they do not live for ever.
  ///   - cost: What a bucket costs. Asked after each write, outside any lock: best O(1). By default a bucket that is
  ///     ``CacheCosted`` says it, and any other costs what the values do that were set in it. What a closure puts into a
  ///     property that was never set costs nothing then: have the bucket measured where closures fill it.
  public init(
    policy: CachePolicy = CachePolicy(), clock: any Clock<Duration> = ContinuousClock(),
    cost: (@Sendable (Bucket) -> Int)? = nil
  ) {
    do { try policy.check() } catch { fatalError(error.message) }
    self.policy = policy
    table = Locked(CacheTable(policy))
    if let cost {
      measure = cost
    } else if Bucket.self is any CacheCosted.Type {
      measure = { ($0 as? any CacheCosted)?.cacheCost ?? 0 }
    } else {
      measure = nil
    }
    elapsed = policy.timeToLive == nil ? nil : stopwatch(clock)
  }

  /// What it has done since it was made, and what is in it at this moment.
  public var statistics: CacheStatistics { change { $0.core.statistics } }
}

private func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
  let start = clock.now
  return { start.duration(to: clock.now) }
}
