public import TadweenCore

/// How much a ``Cache`` keeps, for how long, and what goes first.
///
/// ```swift
/// CachePolicy(maxBuckets: 64, eviction: .leastRecentlyUsed, timeToLive: .seconds(300))
/// ```
/// Without limits a cache keeps everything until it is removed. Costs are in whatever unit you measure; bytes, unless you
/// say otherwise. See ``CacheCosted``.
public struct CachePolicy: Hashable, Sendable {
  /// How many buckets there may be; nil for any number.
  public var maxBuckets: Int?
  /// What all buckets may cost together; nil for any cost.
  public var maxCost: Int?
  /// What one bucket may cost; nil for any cost. A bucket that would cost more is refused.
  public var maxBucketCost: Int?
  /// What one value given to ``Cache/set(_:_:for:until:)`` may cost; nil for any cost. One that costs more is refused.
  public var maxValueCost: Int?
  /// Which bucket goes when there is no room.
  public var eviction: CacheEviction
  /// How long a bucket lives after it was last written; nil for ever. Reads do not prolong it.
  public var timeToLive: Duration?
  /// How many reads a bucket has: with the last of them it goes. Nil for any number. A read is one that finds its value, of
  /// whichever property. Writes give no reads back.
  public var maxReads: Int?

  /// - Parameters:
  ///   - maxBuckets: How many buckets there may be; any number by default.
  ///   - maxCost: What all buckets may cost together; any cost by default.
  ///   - maxBucketCost: What one bucket may cost; any cost by default.
  ///   - maxValueCost: What one value may cost; any cost by default.
  ///   - eviction: Which bucket goes when there is no room; the least recently used one by default.
  ///   - timeToLive: How long a bucket lives after it was last written; for ever by default.
  ///   - maxReads: How many reads a bucket has; any number by default.
  public init(
    maxBuckets: Int? = nil, maxCost: Int? = nil, maxBucketCost: Int? = nil, maxValueCost: Int? = nil,
    eviction: CacheEviction = .leastRecentlyUsed, timeToLive: Duration? = nil, maxReads: Int? = nil
  ) {
    self.maxBuckets = maxBuckets
    self.maxCost = maxCost
    self.maxBucketCost = maxBucketCost
    self.maxValueCost = maxValueCost
    self.eviction = eviction
    self.timeToLive = timeToLive
    self.maxReads = maxReads
  }

  /// Whether a cache can be made with it. ``Cache/init(policy:clock:cost:)`` stops the program where it cannot: ask here
  /// first where limits come from outside.
  ///
  /// - Throws: ``TadweenError`` with the code `invalidArgument`, which lists all that is wrong.
  public func check() throws(TadweenError) {
    let limits = [
      ("maxBuckets", maxBuckets), ("maxCost", maxCost), ("maxBucketCost", maxBucketCost),
      ("maxValueCost", maxValueCost), ("maxReads", maxReads),
    ]
    var problems: [String] = []
    for (name, limit) in limits {
      if let limit, limit < 1 { problems.append("\(name) is \(limit), and has to be at least 1, or nil for no limit") }
    }
    if let timeToLive, timeToLive <= .zero {
      problems.append("timeToLive is \(timeToLive), and has to be more than nought, or nil for no end")
    }
    if eviction == .fewestReadsLeft, maxReads == nil {
      problems.append("eviction is fewestReadsLeft, which needs maxReads: without it every bucket has any number left")
    }
    if problems.isEmpty { return }
    throw TadweenError(.invalidArgument, "The cache policy cannot be used: \(problems.joined(separator: "; ")).")
  }
}
