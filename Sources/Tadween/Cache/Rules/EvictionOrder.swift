/// Which slot goes next, by a ``CacheEviction``.
struct EvictionOrder: Sendable {
  private let kind: CacheEviction.Kind
  private var line = SlotList()
  private var ranks = SlotHeap()

  init(_ eviction: CacheEviction) { kind = eviction.kind }

  /// The slot that goes next, but for the one that room is made for; nil where there is none, or none is to go.
  func next(sparing spared: Int?) -> Int? {
    switch kind {
    case .refuse: nil
    case .leastRecentlyUsed, .firstIn:
      line.first.flatMap { first in first == spared ? line.slot(after: first) : first }
    case .leastFrequentlyUsed, .fewestReadsLeft: ranks.first(sparing: spared)
    }
  }

  /// A bucket is made.
  mutating func add(_ slot: Int, readsLeft: Int) {
    switch kind {
    case .refuse: break
    case .leastRecentlyUsed, .firstIn: line.moveToEnd(slot)
    case .leastFrequentlyUsed: ranks.set(slot, rank: 1)
    case .fewestReadsLeft: ranks.set(slot, rank: readsLeft)
    }
  }

  /// A bucket is written.
  mutating func write(_ slot: Int) {
    switch kind {
    case .refuse, .firstIn, .fewestReadsLeft: break
    case .leastRecentlyUsed: line.moveToEnd(slot)
    case .leastFrequentlyUsed: ranks.set(slot, rank: ranks.rank(of: slot) + 1)
    }
  }

  /// A value was found in a bucket, which has so many reads left now.
  mutating func read(_ slot: Int, readsLeft: Int) {
    if kind == .fewestReadsLeft { ranks.set(slot, rank: readsLeft) } else { write(slot) }
  }

  /// A bucket goes.
  mutating func remove(_ slot: Int) {
    line.remove(slot)
    ranks.remove(slot)
  }
}
