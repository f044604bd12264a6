/// What is behind a cache's lock: the entries by their keys, and all else that is known of them.
///
/// It and all that uses it is inlinable: it is compiled where the cache is used, for its types of key and bucket.
@usableFromInline struct CacheTable<Bucket: CacheBucket>: Sendable {
  @usableFromInline var core: CacheCore
  /// Until the lock is given back, what has gone is still here.
  @usableFromInline var index: [Bucket.Key: CacheEntry<Bucket>] = [:]

  init(_ policy: CachePolicy) { core = CacheCore(policy) }

  /// The entry of a key.
  @inlinable func entry(_ key: Bucket.Key) -> CacheEntry<Bucket>? {
    guard let entry = index[key], entry.slot != nil else { return nil }
    return entry
  }

  /// Has an entry be found, once the core has admitted it.
  @inlinable mutating func add(_ entry: CacheEntry<Bucket>) { index[entry.key] = entry }

  /// What has gone since this was asked last; nobody finds it any more.
  @inlinable mutating func takeGone() -> [CacheItem] {
    if core.gone.isEmpty { return [] }
    let gone = core.takeGone()
    for item in gone {
      // Every item came in by `add`.
      let entry = unsafe unsafeDowncast(item, to: CacheEntry<Bucket>.self)
      // The key may have another entry by now.
      if index[entry.key] === entry { index[entry.key] = nil }
    }
    return gone
  }
}
