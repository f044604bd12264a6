public import TadweenCore

extension Cache {
  /// Changes a bucket, which is made where there is none: nobody else reads or changes it meanwhile.
  ///
  /// ```swift
  /// let touches = cache.withBucket("a.wav") { bucket in
  ///   bucket.touches += 1
  ///   return bucket.touches
  /// }
  /// ```
  /// The closure runs outside the cache's lock: it may use the cache for other keys. Other threads that want this bucket are
  /// blocked until it ends, so let it be short. A closure that asks the cache for its own bucket stops the program with a
  /// sentence; where two would wait for each other, the cache loses one of the two buckets instead.
  ///
  /// A bucket that there is no room for, or that costs too much afterwards, is not kept; neither is one that was removed or
  /// evicted meanwhile.
  ///
  /// - Parameters:
  ///   - key: What the bucket is found by.
  ///   - run: The run that the bucket belongs to from now on, and to no other. By default it belongs to whichever it did.
  ///   - body: Changes the bucket. Where it throws, what it has changed before stays.
  /// - Returns: What the closure returns.
  @inlinable public func withBucket<Result, Failure: Error>(
    _ key: Key, until run: RunID? = nil, _ body: (inout Bucket) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var result: Swift.Result<Result, Failure>?
    changeHeld(key, until: run) { bucket in
      do throws(Failure) { result = .success(try body(&bucket)) } catch { result = .failure(error) }
    }
    guard let result else { preconditionFailure("the closure is called once") }
    return try result.get()
  }

  /// Removes a bucket; nothing happens where there is none. O(1), or O(log n) with the evictions that say so.
  @inlinable public func remove(_ key: Key) { change { if let entry = $0.entry(key) { $0.core.remove(entry) } } }

  /// Removes all buckets.
  public func removeAll() { change { $0.core.removeAll() } }

  /// Removes the buckets that belong to the run; none where no bucket does. O(1) a bucket.
  public func removeBuckets(of run: RunID) { change { $0.core.removeAll(of: run) } }
}
