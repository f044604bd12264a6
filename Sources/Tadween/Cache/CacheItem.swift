/// An entry of a cache, whatever its bucket: all that ``CacheCore`` knows of it.
///
/// All of it is touched under the cache's lock alone, but for the costs while it is held: the holder reads them.
@usableFromInline class CacheItem: @unchecked Sendable {  // see above
  /// Its slot in the rules; nil once it is out of the cache.
  @safe @exclusivity(unchecked) @usableFromInline final var slot: CacheRules.Slot?
  /// Somebody changes the bucket at this moment.
  @safe @exclusivity(unchecked) @usableFromInline final var hold: CacheHold?
  @safe @exclusivity(unchecked) @usableFromInline final var costs = PathCosts()

  @usableFromInline init() {}

  final func end(_ hold: CacheHold) {
    self.hold = nil
    hold.isOver = true
  }
}
