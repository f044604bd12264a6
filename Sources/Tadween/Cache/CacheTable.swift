internal import TadweenCore

/// What is behind a cache's lock: the entries, and the rules about them.
///
/// What goes is left in `gone`, so that whoever has the lock can give it back before the last references are let go: a
/// value's `deinit` may use the cache.
struct CacheTable<Bucket: CacheBucket>: Sendable {
  typealias Entry = CacheEntry<Bucket>

  var rules: CacheRules
  private var entries: [Bucket.Key: Entry] = [:]
  private var slots: [Entry?] = []
  /// Who waits for which hold.
  private var waiting: [ThreadNumber: CacheHold] = [:]
  private var gone: [Entry] = []

  init(_ policy: CachePolicy) { rules = CacheRules(policy) }

  /// What a look for a key finds.
  enum Found {
    case nothing
    case entry(Entry)
    /// Somebody else changes it: to be looked for again afterwards.
    case held(CacheHold)
    /// The calling thread changes it itself.
    case heldByCaller
  }

  mutating func find(_ key: Bucket.Key) -> Found {
    // Who looks again has waited.
    if !waiting.isEmpty { waiting[.current] = nil }
    guard let entry = entries[key], let slot = entry.slot else { return .nothing }
    guard let hold = entry.hold else { return .entry(entry) }
    let thread = ThreadNumber.current
    if hold.holder == thread { return .heldByCaller }
    if waits(hold.holder, for: thread) {
      // Each would wait for the other for ever. A cache may lose a bucket at any time: it loses this one.
      rules.evict(slot)
      vacate(slot)
      return .nothing
    }
    waiting[thread] = hold
    return .held(hold)
  }

  /// Whether a thread waits for another one, or for one that does.
  private func waits(_ waiter: ThreadNumber, for thread: ThreadNumber) -> Bool {
    var waiter = waiter
    while let hold = waiting[waiter], !hold.isOver {
      if hold.holder == thread { return true }
      waiter = hold.holder
    }
    return false
  }

  mutating func advance(to instant: Duration) { vacate(rules.advance(to: instant)) }

  /// Puts an entry in, where the rules let it. What they refuse is not counted yet, and nothing has changed.
  mutating func admit(_ entry: Entry, costing cost: Int) -> CacheRefusal? {
    switch rules.admit(costing: cost) {
    case .refused(let refusal): return refusal
    case .granted(let slot, let evicted):
      vacate(evicted)
      entry.slot = slot
      entries[entry.key] = entry
      if slot < slots.count { slots[slot] = entry } else { slots.append(entry) }
      return nil
    }
  }

  /// Has an entry cost something else, where the rules let it. What they refuse is not counted yet, and nothing has changed.
  mutating func resize(_ slot: CacheRules.Slot, to cost: Int) -> CacheRefusal? {
    switch rules.resize(slot, to: cost) {
    case .refused(let refusal): return refusal
    case .granted(_, let evicted):
      vacate(evicted)
      return nil
    }
  }

  /// The entry was written: it is used, lives anew, and may belong to another run.
  mutating func use(_ entry: Entry, until run: RunID?) {
    guard let slot = entry.slot else { return }
    rules.write(slot)
    rules.renew(slot)
    rules.assign(slot, to: run)
  }

  /// Counts something that is not kept.
  mutating func refuse(_ refusal: CacheRefusal) -> CacheOutcome {
    rules.refuse()
    return .refused(refusal)
  }

  mutating func remove(_ key: Bucket.Key) {
    guard let slot = entries[key]?.slot else { return }
    remove(slot)
  }

  mutating func remove(_ slot: CacheRules.Slot) {
    rules.remove(slot)
    vacate(slot)
  }

  mutating func removeAll() { for slot in slots.indices where slots[slot] != nil { remove(slot) } }

  mutating func removeAll(of run: RunID) { vacate(rules.removeAll(of: run)) }

  mutating func vacate(_ slots: [CacheRules.Slot]) { for slot in slots { vacate(slot) } }

  /// Takes out what was in a slot.
  mutating func vacate(_ slot: CacheRules.Slot) {
    guard let entry = slots[slot] else { return }
    slots[slot] = nil
    entries[entry.key] = nil
    entry.slot = nil
    gone.append(entry)
  }

  /// What has gone since this was asked last.
  mutating func takeGone() -> [Entry] {
    if gone.isEmpty { return [] }
    defer { gone = [] }
    return gone
  }
}
