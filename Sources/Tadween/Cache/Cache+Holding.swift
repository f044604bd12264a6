public import TadweenCore

// Changes outside the lock, while the bucket is one thread's alone.
extension Cache {
  /// Has a closure change a bucket; one that does not fit afterwards goes.
  @inlinable func changeHeld(_ key: Key, until run: RunID?, _ body: (inout Bucket) -> Void) {
    let hold = CacheHold()
    defer { hold.end() }
    guard let (entry, refusal) = take(key, hold, making: true) else { return }
    body(&entry.bucket)
    if refusal != nil { return }
    let costs = measure == nil ? entry.costs.measured(in: entry.bucket) : entry.costs
    let cost = measure?(entry.bucket) ?? costs.total
    change { table in
      if let refusal = table.core.giveBack(entry, costing: cost, costs, until: run, hold) {
        table.core.drop(entry, because: refusal, hold)
      }
    }
  }

  /// Puts a value into a bucket that is measured as a whole.
  @inlinable func setMeasured<Value: Sendable>(
    _ path: WritableKeyPath<Bucket, Value>, _ value: Value, costing known: Int?, for key: Key, until run: RunID?,
    _ refusal: CacheRefusal?, _ measure: (Bucket) -> Int
  ) -> CacheOutcome {
    let hold = CacheHold()
    defer { hold.end() }
    let blank = Bucket()
    while true {
      if let (entry, _) = take(key, hold, making: false) {
        var refusal = refusal
        if refusal == nil {
          let (cost, dear) = put(value, in: &entry.bucket, path, blank, costing: known, measure)
          refusal = dear ?? change { $0.core.giveBack(entry, costing: cost, entry.costs, until: run, hold) }
        }
        guard let refusal else { return .stored }
        entry.bucket[keyPath: path] = blank[keyPath: path]
        let cost = measure(entry.bucket)
        return change { $0.core.leave(entry, costing: cost, because: refusal, hold) }
      }
      if refusal == nil, isNothing(value) { return .stored }
      // Measured before it comes in, so that nothing makes room for what is refused.
      let entry = Entry(key)
      let (cost, dear) = put(value, in: &entry.bucket, path, blank, costing: known, measure)
      let outcome: CacheOutcome? = reach(key) { table, other in
        if other != nil { return nil }
        if let refusal = refusal ?? dear ?? table.core.admit(entry, costing: cost) { return table.core.refuse(refusal) }
        table.core.use(entry, until: run)
        table.add(entry)
        return .stored
      }
      // Nil where somebody else has made one meanwhile.
      if let outcome { return outcome }
    }
  }

  /// Writes a value, and says what the bucket costs then and whether the value is too dear.
  @inlinable func put<Value>(
    _ value: Value, in bucket: inout Bucket, _ path: WritableKeyPath<Bucket, Value>, _ blank: Bucket,
    costing known: Int?, _ measure: (Bucket) -> Int
  ) -> (cost: Int, refusal: CacheRefusal?) {
    // What does not tell its own cost costs what it adds.
    guard known == nil, let limit = policy.maxValueCost else {
      bucket[keyPath: path] = value
      return (measure(bucket), nil)
    }
    bucket[keyPath: path] = blank[keyPath: path]
    let without = measure(bucket)
    bucket[keyPath: path] = value
    let cost = measure(bucket)
    let added = Int(clamping: Int128(cost) - Int128(without))
    return (cost, added > limit ? .valueTooCostly(cost: added, limit: limit) : nil)
  }
}

extension Cache {
  /// The bucket of a key for one thread alone; one that is not in the cache where there is no room for it, and why. Nil where
  /// there is none, and none is to be made.
  @inlinable func take(_ key: Key, _ hold: CacheHold, making: Bool) -> (entry: Entry, refusal: CacheRefusal?)? {
    var blank: Entry?
    while true {
      let taken: (Entry, CacheRefusal?)? = reach(key) { table, entry in
        guard let entry = entry ?? blank else { return nil }
        let isNew = entry.slot == nil
        if let refusal = table.core.hold(entry, hold) { return (entry, refusal) }
        if isNew { table.add(entry) }
        return (entry, nil)
      }
      if taken != nil || !making { return taken }
      blank = Entry(key)
    }
  }
}
