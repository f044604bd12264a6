/// Which bucket has to go when a ``Cache`` is full.
///
/// The bucket that is being written never goes to make room for itself.
public struct CacheEviction: Hashable, Sendable, CustomStringConvertible {
  enum Kind: String, Sendable { case leastRecentlyUsed, leastFrequentlyUsed, firstIn, fewestReadsLeft, refuse }
  let kind: Kind

  /// The one that was last used the longest ago. Each read that finds a value is a use, and each write. O(1).
  public static let leastRecentlyUsed = CacheEviction(kind: .leastRecentlyUsed)
  /// The one with the fewest uses since it was made, which is one itself; of several, the one last used the longest ago.
  /// O(log n) a use.
  public static let leastFrequentlyUsed = CacheEviction(kind: .leastFrequentlyUsed)
  /// The one that was made first, however it was used. O(1).
  public static let firstIn = CacheEviction(kind: .firstIn)
  /// The one with the fewest reads left until ``CachePolicy/maxReads``; of several, the one last read the longest ago, where
  /// being made counts as a read. Writes change nothing. O(log n) a read.
  public static let fewestReadsLeft = CacheEviction(kind: .fewestReadsLeft)
  /// None: what does not fit is refused, and ``Cache/set(_:_:for:until:)`` says so.
  public static let refuse = CacheEviction(kind: .refuse)

  /// Its name.
  public var description: String { kind.rawValue }
}
