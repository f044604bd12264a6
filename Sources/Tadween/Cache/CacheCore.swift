public import TadweenCore

/// What is behind a cache's lock, whatever its buckets: what is in which slot, the rules about it, and who waits for whom.
///
/// It is not generic, so that it is fast wherever it is called from: code that is generic is compiled for each type of
/// bucket, and what cannot be, because it is in another module, spends its time on looking for types.
///
/// What goes is left in `gone`, so that whoever has the lock can give it back before the last references are let go: a
/// value's `deinit` may use the cache.
@usableFromInline struct CacheCore: Sendable {
  var rules: CacheRules
  private var items: [CacheItem?] = []
  /// Who waits for which hold.
  var waiting: [ThreadNumber: CacheHold] = [:]
  /// What has gone, and is still found by its key.
  @usableFromInline var gone: [CacheItem] = []

  init(_ policy: CachePolicy) { rules = CacheRules(policy) }

  var statistics: CacheStatistics { rules.statistics }

  @usableFromInline mutating func advance(to instant: Duration) { vacate(rules.advance(to: instant)) }

  // MARK: Use

  /// A value was found.
  @usableFromInline mutating func read(_ item: CacheItem) {
    if let slot = item.slot, rules.read(slot) { vacate(slot) }
  }

  /// A value was not found.
  @usableFromInline mutating func miss() { rules.miss() }

  /// An item was written: it is used, lives anew, and may belong to another run.
  @usableFromInline mutating func use(_ item: CacheItem, until run: RunID?) {
    guard let slot = item.slot else { return }
    rules.write(slot)
    rules.renew(slot)
    rules.assign(slot, to: run)
  }

  // MARK: Room

  /// Puts an item in, where the rules let it. What they refuse is not counted yet, and nothing has changed.
  @usableFromInline mutating func admit(_ item: CacheItem, costing cost: Int) -> CacheRefusal? {
    switch rules.admit(costing: cost) {
    case .refused(let refusal): return refusal
    case .granted(let slot, let evicted):
      vacate(evicted)
      item.slot = slot
      if slot < items.count { items[slot] = item } else { items.append(item) }
      return nil
    }
  }

  /// Has an item cost something else, where the rules let it; one that is out costs nothing. What they refuse is not
  /// counted yet, and nothing has changed.
  @usableFromInline mutating func resize(_ item: CacheItem, to cost: Int) -> CacheRefusal? {
    guard let slot = item.slot else { return nil }
    switch rules.resize(slot, to: cost) {
    case .refused(let refusal): return refusal
    case .granted(_, let evicted):
      vacate(evicted)
      return nil
    }
  }

  /// A value is to be put into an item that is in, or is to come in; or why not, and nothing has changed then.
  @usableFromInline mutating func set(
    _ path: AnyKeyPath, costing cost: Int, in item: CacheItem, until run: RunID?
  ) -> CacheRefusal? {
    let total = item.costs.total(setting: path, to: cost)
    let refusal = item.slot == nil ? admit(item, costing: total) : resize(item, to: total)
    if refusal != nil { return refusal }
    item.costs.set(path, to: cost)
    use(item, until: run)
    return nil
  }

  /// A value is taken out of an item.
  @usableFromInline mutating func clear(_ path: AnyKeyPath, of item: CacheItem) {
    item.costs.set(path, to: 0)
    // Less is never refused.
    _ = resize(item, to: item.costs.total)
  }

  /// Counts something that is not kept.
  @usableFromInline mutating func refuse(_ refusal: CacheRefusal) -> CacheOutcome {
    rules.refuse()
    return .refused(refusal)
  }

  // MARK: Removal

  @usableFromInline mutating func remove(_ item: CacheItem) {
    guard let slot = item.slot else { return }
    rules.remove(slot)
    vacate(slot)
  }

  mutating func removeAll() { for item in items { if let item { remove(item) } } }

  mutating func removeAll(of run: RunID) { vacate(rules.removeAll(of: run)) }

  private mutating func vacate(_ slots: [CacheRules.Slot]) { for slot in slots { vacate(slot) } }

  /// Takes out what was in a slot.
  mutating func vacate(_ slot: CacheRules.Slot) {
    guard let item = items[slot] else { return }
    items[slot] = nil
    item.slot = nil
    gone.append(item)
  }

  /// What has gone since this was asked last.
  @usableFromInline mutating func takeGone() -> [CacheItem] {
    defer { gone = [] }
    return gone
  }
}
