internal import TadweenCore

/// The rules of a cache: which bucket goes, when, and what all of them cost.
///
/// It knows buckets by slots, small numbers that are used again, and neither their keys nor what is in them. No lock and no
/// clock: instants come in as time since some beginning. Whoever asks it takes out what it says is to go.
@usableFromInline struct CacheRules: Sendable {
  @usableFromInline typealias Slot = Int

  private struct Record: Sendable {
    var cost: Int
    var readsLeft: Int
    var deadline: Duration
    var run: RunID?
    var isHeld = false
  }

  /// What becomes of something that wants room.
  enum Verdict: Sendable {
    /// It fits, once these slots are vacated; they are no longer in the rules.
    case granted(Slot, evicted: [Slot])
    /// Nothing has changed.
    case refused(CacheRefusal)
  }

  let policy: CachePolicy
  /// What happened so far; its cost and buckets stand for nothing.
  private var counts = CacheStatistics()
  private var records: [Record] = []
  private var free: [Slot] = []
  private var order: EvictionOrder
  /// By deadline: all live equally long, and time does not go back.
  private var expiry = SlotList()
  private var owned: [RunID: Set<Slot>] = [:]
  private var now = Duration.zero
  /// Wide, because costs are whatever users say.
  private var total: Int128 = 0

  init(_ policy: CachePolicy) {
    self.policy = policy
    order = EvictionOrder(policy.eviction)
  }

  var count: Int { records.count - free.count }

  var statistics: CacheStatistics {
    var statistics = counts
    statistics.cost = Int(clamping: total)
    statistics.buckets = count
    return statistics
  }

  func cost(of slot: Slot) -> Int { records[slot].cost }

  // MARK: Time

  /// Time goes on; takes out what is due and returns it. An instant before an earlier one counts as that one.
  mutating func advance(to instant: Duration) -> [Slot] {
    now = max(now, instant)
    var due: [Slot] = []
    while let first = expiry.first, records[first].deadline <= now {
      // What is held is judged when it is given back.
      if records[first].isHeld { expiry.remove(first) } else { due.append(expire(first)) }
    }
    return due
  }

  private mutating func expire(_ slot: Slot) -> Slot {
    counts.expirations += 1
    remove(slot)
    return slot
  }

  /// The bucket has its whole life before it again.
  mutating func renew(_ slot: Slot) {
    records[slot].isHeld = false
    guard let timeToLive = policy.timeToLive else { return }
    records[slot].deadline = now + timeToLive
    expiry.moveToEnd(slot)
  }

  /// The bucket does not expire until it is given back: it is being changed.
  mutating func hold(_ slot: Slot) { records[slot].isHeld = true }

  /// The bucket is given back as it was. True where its time was up meanwhile: it is out then.
  mutating func giveBack(_ slot: Slot) -> Bool {
    records[slot].isHeld = false
    return policy.timeToLive != nil && records[slot].deadline <= now && expire(slot) == slot
  }

  // MARK: Use

  /// A value was found. True where that was the bucket's last read: it is out then.
  mutating func read(_ slot: Slot) -> Bool {
    counts.hits += 1
    if policy.maxReads != nil {
      records[slot].readsLeft -= 1
      if records[slot].readsLeft == 0 { return expire(slot) == slot }
    }
    order.read(slot, readsLeft: records[slot].readsLeft)
    return false
  }

  mutating func miss() { counts.misses += 1 }

  /// The bucket is used by a write.
  mutating func write(_ slot: Slot) { order.write(slot) }

  /// The bucket belongs to that run from now on, and to no other; nil changes nothing.
  mutating func assign(_ slot: Slot, to run: RunID?) {
    guard let run, run != records[slot].run else { return }
    leaveRun(slot)
    records[slot].run = run
    owned[run, default: []].insert(slot)
  }

  // MARK: Room

  /// A new bucket wants in.
  mutating func admit(costing cost: Int) -> Verdict {
    let cost = max(0, cost)
    let isFull = count >= policy.maxBuckets ?? .max || exceeds(total + Int128(cost))
    if let refusal = refusal(of: cost, unless: !isFull) { return .refused(refusal) }
    let slot = free.popLast() ?? records.count
    let record = Record(cost: cost, readsLeft: policy.maxReads ?? 0, deadline: .zero)
    if slot == records.count { records.append(record) } else { records[slot] = record }
    total += Int128(cost)
    order.add(slot, readsLeft: record.readsLeft)
    renew(slot)
    return .granted(slot, evicted: makeRoom(for: slot))
  }

  /// A bucket wants to cost something else.
  mutating func resize(_ slot: Slot, to cost: Int) -> Verdict {
    let (cost, old) = (max(0, cost), records[slot].cost)
    let isFull = cost > old && exceeds(total - Int128(old) + Int128(cost))
    if let refusal = refusal(of: cost, unless: !isFull) { return .refused(refusal) }
    records[slot].cost = cost
    total += Int128(cost) - Int128(old)
    return .granted(slot, evicted: makeRoom(for: slot))
  }

  /// Counts something that was not kept.
  mutating func refuse() { counts.refusals += 1 }

  private func refusal(of cost: Int, unless fits: Bool) -> CacheRefusal? {
    let limit = min(policy.maxBucketCost ?? .max, policy.maxCost ?? .max)
    if cost > limit { return .bucketTooCostly(cost: cost, limit: limit) }
    return policy.eviction == .refuse && !fits ? .full : nil
  }

  private func exceeds(_ total: Int128) -> Bool { policy.maxCost.map { total > $0 } ?? false }

  private mutating func makeRoom(for slot: Slot) -> [Slot] {
    var evicted: [Slot] = []
    while count > policy.maxBuckets ?? .max || exceeds(total), let next = order.next(sparing: slot) {
      evict(next)
      evicted.append(next)
    }
    return evicted
  }

  // MARK: Removal

  /// A bucket makes room.
  mutating func evict(_ slot: Slot) {
    counts.evictions += 1
    remove(slot)
  }

  /// A bucket goes, and gives back all that it had.
  mutating func remove(_ slot: Slot) {
    order.remove(slot)
    expiry.remove(slot)
    leaveRun(slot)
    total -= Int128(records[slot].cost)
    free.append(slot)
  }

  /// Takes out the buckets of a run.
  mutating func removeAll(of run: RunID) -> [Slot] {
    let slots = Array(owned[run] ?? [])
    for slot in slots { remove(slot) }
    return slots
  }

  private mutating func leaveRun(_ slot: Slot) {
    guard let run = records[slot].run else { return }
    records[slot].run = nil
    owned[run]?.remove(slot)
    if owned[run]?.isEmpty == true { owned[run] = nil }
  }
}
