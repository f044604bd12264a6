/// What a ``Cache`` keeps under one key: a struct of yours, with a property for each kind of thing.
///
/// ```swift
/// struct AudioBucket: CacheBucket {
///   var samples: [Float]?
///   var words: [String]?
///   var touches = 0
/// }
///
/// let cache = Cache<AudioBucket>()
/// cache.set(\.samples, samples, for: "a.wav")
/// ```
/// What belongs together comes and goes together: limits, lifetimes and evictions concern whole buckets.
///
/// Use stored properties. A computed one that the cache is asked for runs under the cache's lock and must not use the
/// cache itself.
public protocol CacheBucket: Sendable {
  /// What buckets are found by; `String` unless you say otherwise.
  associatedtype Key: Hashable & Sendable = String

  /// A bucket with nothing in it yet.
  init()
}
