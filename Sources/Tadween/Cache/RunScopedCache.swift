public import TadweenCore

/// A cache whose buckets may belong to a run, and go when it is complete.
public protocol RunScopedCache<Bucket>: AnyObject, Sendable {
  associatedtype Bucket: CacheBucket

  /// Removes the buckets that belong to the run; none where no bucket does. Called once a run is complete; it may be called
  /// again, and for runs that the cache has never heard of.
  func removeBuckets(of run: RunID)
}
