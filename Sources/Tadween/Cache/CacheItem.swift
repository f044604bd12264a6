/// An entry of a cache, whatever its bucket: all that ``CacheCore`` knows of it.
///
/// All of it is touched under the cache's lock alone, but for the costs while it is held: the holder reads them. So nobody
/// else need see to it that accesses exclude each other, which would take a fifth of a read's time.
@usableFromInline class CacheItem: @unchecked Sendable {  // the cache's lock, or the hold
  /// Its slot in the rules; nil once it is out of the cache.
  @safe @exclusivity(unchecked) @usableFromInline final var slot: CacheRules.Slot?  // the lock
  /// Somebody changes the bucket at this moment.
  @safe @exclusivity(unchecked) @usableFromInline final var hold: CacheHold?  // the lock
  @safe @exclusivity(unchecked) @usableFromInline final var costs = PathCosts()  // the lock

  @usableFromInline init() {}

  final func end(_ hold: CacheHold) {
    self.hold = nil
    hold.isOver = true
  }
}
