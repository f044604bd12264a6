/// A bucket in its place, and the key that it is found by.
///
/// The bucket is touched under the cache's lock alone, but while the entry is held, when it is the holder's.
@usableFromInline final class CacheEntry<Bucket: CacheBucket>: CacheItem, @unchecked Sendable {  // lock or hold
  @usableFromInline let key: Bucket.Key
  @safe @exclusivity(unchecked) @usableFromInline var bucket = Bucket()  // the lock, or the hold

  @inlinable init(_ key: Bucket.Key) { self.key = key }
}
