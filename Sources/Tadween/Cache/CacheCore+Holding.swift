public import TadweenCore

// Items that one thread has to itself, outside the lock.
extension CacheCore {
  /// What becomes of a thread that wants an item which is held.
  @usableFromInline enum Meeting {
    /// It has to look again once the hold is over.
    case wait
    /// It holds the item itself.
    case own
    /// The item is lost: each would wait for the other for ever, and a cache may lose a bucket at any time.
    case lost
  }

  /// The calling thread wants an item that is held.
  @usableFromInline mutating func meet(_ item: CacheItem, _ hold: CacheHold) -> Meeting {
    let thread = ThreadNumber.current
    if hold.holder == thread { return .own }
    if let slot = item.slot, waits(hold.holder, for: thread) {
      rules.evict(slot)
      vacate(slot)
      return .lost
    }
    waiting[thread] = hold
    return .wait
  }

  /// The calling thread looks again.
  @usableFromInline mutating func stopWaiting() { waiting[.current] = nil }

  /// Whether a thread waits for another one, or for one that does.
  private func waits(_ waiter: ThreadNumber, for thread: ThreadNumber) -> Bool {
    var waiter = waiter
    while let hold = waiting[waiter], !hold.isOver {
      if hold.holder == thread { return true }
      waiter = hold.holder
    }
    return false
  }

  /// An item is one thread's alone; where it is not in, there has to be room for it. One that there is no room for is
  /// nobody's.
  @usableFromInline mutating func hold(_ item: CacheItem, _ hold: CacheHold) -> CacheRefusal? {
    if item.slot == nil, let refusal = admit(item, costing: 0) {
      rules.refuse()
      return refusal
    }
    if let slot = item.slot { rules.hold(slot) }
    item.hold = hold
    return nil
  }

  /// A changed item is given back; or why it does not fit, and it is still held then.
  @usableFromInline mutating func giveBack(
    _ item: CacheItem, costing cost: Int, _ costs: PathCosts, until run: RunID?, _ hold: CacheHold
  ) -> CacheRefusal? {
    if let refusal = resize(item, to: cost) { return refusal }
    item.costs = costs
    use(item, until: run)
    item.end(hold)
    return nil
  }

  /// An item is given back without what was refused: nothing else has changed.
  @usableFromInline mutating func leave(
    _ item: CacheItem, costing cost: Int, because refusal: CacheRefusal, _ hold: CacheHold
  ) -> CacheOutcome {
    // A cost function may say that less costs more.
    if resize(item, to: cost) != nil {
      remove(item)
    } else if let slot = item.slot, rules.giveBack(slot) {
      vacate(slot)
    }
    item.end(hold)
    return refuse(refusal)
  }

  /// An item that does not fit is removed.
  @usableFromInline mutating func drop(_ item: CacheItem, because refusal: CacheRefusal, _ hold: CacheHold) {
    remove(item)
    item.end(hold)
    _ = refuse(refusal)
  }
}
