/// What became of a value that was given to a ``Cache``.
public enum CacheOutcome: Hashable, Sendable {
  case stored
  /// It is not in the cache, and neither is what it should have replaced: no older value is read where a newer one was
  /// written.
  case refused(CacheRefusal)

  /// Whether it is in the cache.
  public var isStored: Bool { self == .stored }
}

/// Why a ``Cache`` did not keep something.
public enum CacheRefusal: Hashable, Sendable, CustomStringConvertible {
  /// The value costs more than ``CachePolicy/maxValueCost``.
  case valueTooCostly(cost: Int, limit: Int)
  /// The bucket would cost more than ``CachePolicy/maxBucketCost``, or by itself more than ``CachePolicy/maxCost``.
  case bucketTooCostly(cost: Int, limit: Int)
  /// There is no room, and ``CacheEviction/refuse`` makes none.
  case full
  /// The policy limits costs, and nothing tells what this one is. Its type can become ``CacheCosted``, or the cache can have
  /// a cost function.
  case unknownCost(type: String)

  public var description: String {
    switch self {
    case .valueTooCostly(let cost, let limit): "The value costs \(cost), and maxValueCost is \(limit)."
    case .bucketTooCostly(let cost, let limit): "The bucket would cost \(cost), and may cost \(limit) at most."
    case .full: "The cache is full, and its eviction is refuse."
    case .unknownCost(let type):
      "Costs are limited, and what a \(type) costs is not known: make it CacheCosted, or give the cache a cost function."
    }
  }
}
