internal import TadweenCore

// Changes outside the lock, while the bucket is one thread's alone.
extension Cache {
  /// Has a closure change a bucket; one that does not fit afterwards goes.
  func changeHeld(_ key: Key, until run: RunID?, _ body: (inout Bucket) -> Void) {
    let hold = CacheHold()
    defer { hold.end() }
    guard let (entry, refusal) = take(key, hold, making: true) else { return }
    body(&entry.bucket)
    if refusal != nil { return }
    let costs = measure == nil ? entry.costs.measured(in: entry.bucket) : entry.costs
    let refused = put(back: entry, costing: measure?(entry.bucket) ?? costs.total, costs, until: run, hold)
    if let refused { drop(entry, because: refused, hold) }
  }

  /// Puts a value into a bucket that is measured as a whole.
  func setMeasured<Value: Sendable>(
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
          refusal = dear ?? put(back: entry, costing: cost, entry.costs, until: run, hold)
        }
        guard let refusal else { return .stored }
        entry.bucket[keyPath: path] = blank[keyPath: path]
        return leave(entry, costing: measure(entry.bucket), because: refusal, hold)
      }
      if refusal == nil, isNothing(value) { return .stored }
      // Measured before it comes in, so that nothing makes room for what is refused.
      let entry = Entry(key)
      let (cost, dear) = put(value, in: &entry.bucket, path, blank, costing: known, measure)
      let outcome: CacheOutcome? = reach(key) { table, other in
        if other != nil { return nil }
        if let refusal = refusal ?? dear ?? table.admit(entry, costing: cost) { return table.refuse(refusal) }
        table.use(entry, until: run)
        return .stored
      }
      // Nil where somebody else has made one meanwhile.
      if let outcome { return outcome }
    }
  }

  /// Writes a value, and says what the bucket costs then and whether the value is too dear.
  private func put<Value>(
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
  private func take(_ key: Key, _ hold: CacheHold, making: Bool) -> (entry: Entry, refusal: CacheRefusal?)? {
    var blank: Entry?
    while true {
      let taken: (Entry, CacheRefusal?)? = reach(key) { table, entry in
        guard let entry = entry ?? blank else { return nil }
        if entry.slot == nil, let refusal = table.admit(entry, costing: 0) {
          _ = table.refuse(refusal)
          return (entry, refusal)
        }
        if let slot = entry.slot { table.rules.hold(slot) }
        entry.hold = hold
        return (entry, nil)
      }
      if taken != nil || !making { return taken }
      blank = Entry(key)
    }
  }

  /// Gives a changed bucket back. Where it does not fit it is still held, and the reason is returned.
  private func put(
    back entry: Entry, costing cost: Int, _ costs: PathCosts<Bucket>, until run: RunID?, _ hold: CacheHold
  ) -> CacheRefusal? {
    change { table in
      if let slot = entry.slot, let refusal = table.resize(slot, to: cost) { return refusal }
      entry.costs = costs
      table.use(entry, until: run)
      entry.end(hold)
      return nil
    }
  }

  /// Gives a bucket back without what was refused: nothing else has changed.
  private func leave(_ entry: Entry, costing cost: Int, because refusal: CacheRefusal, _ hold: CacheHold)
    -> CacheOutcome
  {
    change { table in
      if let slot = entry.slot {
        // A cost function may say that less costs more.
        if table.resize(slot, to: cost) != nil {
          table.remove(slot)
        } else if table.rules.giveBack(slot) {
          table.vacate(slot)
        }
      }
      entry.end(hold)
      return table.refuse(refusal)
    }
  }

  /// Removes a bucket that does not fit.
  private func drop(_ entry: Entry, because refusal: CacheRefusal, _ hold: CacheHold) {
    change { table in
      if let slot = entry.slot { table.remove(slot) }
      entry.end(hold)
      _ = table.refuse(refusal)
    }
  }
}
