public import TadweenCore

extension Cache {
  /// The value of a property of a key's bucket; nil when it is absent, expired or evicted.
  ///
  /// ```swift
  /// let samples = cache["a.wav", \.samples]
  /// ```
  /// A value that is found is a hit, and takes one of the reads that ``CachePolicy/maxReads`` allows; what is not found is a
  /// miss, and nothing else.
  @inlinable public subscript<Value: Sendable>(key: Key, path: KeyPath<Bucket, Value?>) -> Value? {
    read(key) { $0[keyPath: path] }
  }

  /// The value of a property that always has one; nil when the bucket is absent, expired or evicted.
  @_disfavoredOverload @inlinable
  public subscript<Value: Sendable>(key: Key, path: KeyPath<Bucket, Value>) -> Value? {
    read(key) { $0[keyPath: path] }
  }

  @inlinable func read<Value: Sendable>(_ key: Key, _ value: (Bucket) -> Value?) -> Value? {
    reach(key) { table, entry in
      guard let entry, let value = value(entry.bucket) else {
        table.core.miss()
        return nil
      }
      table.core.read(entry)
      return value
    }
  }

  /// Puts a value into a property of a key's bucket, which is made where there is none.
  ///
  /// ```swift
  /// cache.set(\.samples, samples, for: "a.wav")
  /// ```
  /// The bucket's time to live begins anew. What is refused changes nothing else, but the property is then as it is in a new
  /// bucket: nobody reads an older value where a newer one was to be.
  ///
  /// - Parameters:
  ///   - path: The property.
  ///   - value: What it is to be. Nil takes out what was there, and makes no bucket.
  ///   - key: What the bucket is found by.
  ///   - run: The run that the bucket belongs to from now on, and to no other: it goes with ``removeBuckets(of:)``. By
  ///     default it belongs to whichever it did.
  /// - Returns: Whether it is stored, and if not, why.
  @discardableResult @inlinable
  public func set<Value: Sendable>(
    _ path: WritableKeyPath<Bucket, Value>, _ value: Value, for key: Key, until run: RunID? = nil
  ) -> CacheOutcome {
    let cost = cacheCost(of: value)
    let refusal = refusal(of: Value.self, costing: cost)
    if let measure { return setMeasured(path, value, costing: cost, for: key, until: run, refusal, measure) }
    // Made outside the lock, where it is needed: there is none yet, or what was there gives way to what a new one has.
    var blank: Entry?
    while true {
      let (outcome, old): (CacheOutcome?, Value?) = reach(key) { table, entry in
        guard let entry else {
          if let refusal { return (table.core.refuse(refusal), nil) }
          if isNothing(value) { return (.stored, nil) }
          guard let blank else { return (nil, nil) }
          if let refusal = table.core.set(path, costing: cost ?? 0, in: blank, until: run) {
            return (table.core.refuse(refusal), nil)
          }
          blank.bucket[keyPath: path] = value
          table.add(blank)
          return (.stored, nil)
        }
        let old = entry.bucket[keyPath: path]
        guard let refusal = refusal ?? table.core.set(path, costing: cost ?? 0, in: entry, until: run) else {
          entry.bucket[keyPath: path] = value
          return (.stored, old)
        }
        guard let blank else { return (nil, nil) }
        entry.bucket[keyPath: path] = blank.bucket[keyPath: path]
        table.core.clear(path, of: entry)
        return (table.core.refuse(refusal), old)
      }
      // What was there is let go of here, outside the lock.
      withExtendedLifetime(old) {}
      if let outcome { return outcome }
      blank = Entry(key)
    }
  }

  /// Why a value cannot be kept, whatever else is there.
  @usableFromInline func refusal<Value>(of type: Value.Type, costing cost: Int?) -> CacheRefusal? {
    if let limit = policy.maxValueCost, let cost, cost > limit { return .valueTooCostly(cost: cost, limit: limit) }
    if measure != nil { return nil }
    let isLimited = (policy.maxValueCost ?? policy.maxCost ?? policy.maxBucketCost) != nil
    return isLimited && cost == nil ? .unknownCost(type: "\(type)") : nil
  }
}
