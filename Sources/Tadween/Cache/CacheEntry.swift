/// A bucket in its place, and the key that it is found by.
///
/// The bucket is touched under the cache's lock alone, but while the entry is held, when it is the holder's.
@usableFromInline final class CacheEntry<Bucket: CacheBucket>: CacheItem, @unchecked Sendable {  // see above
  @usableFromInline let key: Bucket.Key
  @safe @exclusivity(unchecked) @usableFromInline var bucket = Bucket()  // see above

  @inlinable init(_ key: Bucket.Key) { self.key = key }
}
