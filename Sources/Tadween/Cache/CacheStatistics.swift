/// What a ``Cache`` has done since it was made, and what is in it.
public struct CacheStatistics: Hashable, Sendable {
  /// Reads that found their value.
  public internal(set) var hits = 0
  /// Reads that did not.
  public internal(set) var misses = 0
  /// Buckets that had to make room.
  public internal(set) var evictions = 0
  /// Buckets that went because their time was up, or their reads were used up.
  public internal(set) var expirations = 0
  /// Values and buckets that were not kept because they did not fit, or nobody knew whether they did.
  public internal(set) var refusals = 0
  /// What the buckets cost together.
  public internal(set) var cost = 0
  /// How many buckets there are.
  public internal(set) var buckets = 0

  /// Nothing yet.
  public init() {}

  /// The share of reads that found their value, from 0 to 1; nil before the first read.
  public var hitRate: Double? { hits + misses == 0 ? nil : Double(hits) / Double(hits + misses) }
}
