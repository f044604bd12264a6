/// The messages of a stage that has gates, from their arrival until a worker starts them (rule R14).
///
/// A message arrives; where its policy has a say, or its key matters, a free worker looks at it first, which takes no unit
/// and no token; then it waits, in the queue and in no worker's hands, until all gates are open for it at once: its key, the
/// stage's rate, the stage's predicate, and last the resources, which are asked for by the worker that is about to start it.
/// What can start goes before what is to be looked at, and what is looked at never waits for what cannot start.
struct StageGates: Sendable {
  struct Entry: Sendable {
    let delivery: Delivery
    /// The order of arrival.
    let order: UInt64
    let since: Duration
    /// What its policy is shown, kept for when it starts; nil until it was looked at.
    var message: Message?
    var key: String?
    /// Whether it has to pass the gates now.
    var isWaiting = false

    var priority: Int { delivery.priority }
  }

  let options: GateOptions
  private(set) var entries: [DeliveryID: Entry] = [:]
  private var arrived: UInt64 = 0
  /// How many have to pass the gates now.
  private(set) var waitingEntries = 0
  /// Those that are to be looked at.
  private var unscreened = PriorityFifo<DeliveryID>()
  /// Those that a worker looks at now, with the order of their arrival.
  private var screening: [DeliveryID: UInt64] = [:]
  /// Those that hold their key already, or their run's units where keys do not matter.
  private var favoured = Fifo<DeliveryID>()
  /// Those whose run holds its units already, and that need a key: one whose key is free goes before whoever waits in the
  /// key's lane, who may be waiting for those units. There are no more than runs that hold some.
  private var favouredKeyless: [DeliveryID] = []
  /// Those that wait, where keys do not matter.
  private var waiting = PriorityFifo<DeliveryID>()
  /// Those that wait, where they do.
  private var keys: KeyOrder?
  private var keyHolders: [WorkID: KeyHolder] = [:]
  private var bucket: TokenBucket?
  /// In order of arrival, where they may wait only so long.
  private var ages = Fifo<DeliveryID>()
  private(set) var deferral = DeferralState.open
  /// Since when the predicate holds everything back.
  private(set) var deferredSince = Duration.zero
  /// What the pool last said no to; nil: it has not, or has called since.
  private(set) var refusal: Refusal?
  /// The message that it said no to. Another that comes to stand before it asks for itself.
  private var refused: DeliveryID?

  enum Refusal: Sendable { case units, runUnits }

  private struct KeyHolder: Sendable {
    let key: String
    /// The delivery that it was started with.
    let delivery: DeliveryKey
  }

  init(_ options: GateOptions) {
    self.options = options
    keys = options.keyLimit.map { KeyOrder(limit: $0) }
    bucket = options.rate.map { TokenBucket($0) }
  }

  /// How many wait.
  var count: Int { entries.count - screening.count }

  /// How many of them count in the queue's bound: none where the first of them waits for its run's units (rule R15).
  var countInBound: Int { refusal == .runUnits ? 0 : count }

  /// - Parameter isFavoured: Whether its run holds its units already.
  mutating func append(_ delivery: Delivery, at now: Duration, isFavoured: Bool = false) {
    // It came twice; or again, while it holds its key, which is passed on once.
    if entries[delivery.id] != nil { return }
    if let holder = keyHolders[delivery.work], !delivery.key.isLater(than: holder.delivery) { return }
    arrived += 1
    let entry = Entry(delivery: delivery, order: arrived, since: now)
    entries[delivery.id] = entry
    if options.queueTimeout != nil || options.isDeferrable { ages.append(delivery.id) }
    if options.screens {
      // A key's order is that of arrival, and known once it was looked at: so that is the order of looking.
      unscreened.append(delivery.id, priority: keys == nil ? entry.priority : 0)
    } else {
      wait(entry, isFavoured: isFavoured)
    }
  }

  private mutating func wait(_ entry: Entry, isFavoured: Bool) {
    entries[entry.delivery.id]?.isWaiting = true
    waitingEntries += 1
    let (id, work) = (entry.delivery.id, entry.delivery.work)
    guard let key = entry.key else {
      return isFavoured ? favoured.append(id) : waiting.append(id, priority: entry.priority)
    }
    if keyHolders[work]?.key == key { return favoured.append(id) }
    // Its last attempt let it go, or had another.
    releaseKey(of: work)
    if isFavoured {
      favouredKeyless.append(id)
    } else {
      keys?.append(id, key: key, priority: entry.priority, order: entry.order)
    }
  }
}

/// The workers.
extension StageGates {
  /// Whether a worker would find something to do, as far as the stage itself can tell.
  mutating func mayGoOn(at now: Duration) -> Bool {
    dropWithdrawn()
    return !unscreened.isEmpty || startable(at: now) != nil
  }

  /// The message that would start now, were there units for it.
  private mutating func startable(at now: Duration) -> Entry? {
    guard isOpen(at: now), let id = candidate(), !isRefused(id), let entry = entries[id] else { return nil }
    return isGathered(with: entry, at: now) ? entry : nil
  }

  private func isRefused(_ id: DeliveryID) -> Bool { refusal != nil && refused == id }

  /// Whether there are enough for a batch, or its first has waited long enough.
  private func isGathered(with first: Entry, at now: Duration) -> Bool {
    options.batch.map { waitingEntries >= $0.size || first.since + $0.window <= now } ?? true
  }

  /// Whether the gates of the whole stage are open.
  private func isOpen(at now: Duration) -> Bool {
    deferral == .open && bucket.map { $0.nextToken <= now } ?? true
  }

  /// What a free worker does next; nil where there is nothing.
  ///
  /// - Parameter ask: Asks the pool for what the message demands.
  mutating func next(at now: Duration, ask: (Entry) -> ResourcePool.Verdict) -> GateStep? {
    if let entry = startable(at: now) {
      switch ask(entry) {
      case .granted(let grant):
        bucket?.take(at: now)
        // The pool knows one message of each stage: what it said to another, it has forgotten.
        refusal = nil
        start(entry)
        return .start(GateStep.Admitted(entry), with: startOthers(), grant)
      case .refused: (refusal, refused) = (.units, entry.delivery.id)
      case .lacksRunUnits: (refusal, refused) = (.runUnits, entry.delivery.id)
      }
    }
    dropWithdrawn()
    guard let id = unscreened.popFirst(), let entry = entries[id] else { return nil }
    screening[id] = entry.order
    return .screen(entry.delivery)
  }

  /// Starts as many more as the batch takes.
  private mutating func startOthers() -> [GateStep.Admitted] {
    var others: [GateStep.Admitted] = []
    while others.count + 1 < options.batch?.size ?? 1, let id = candidate(), let entry = entries[id] {
      start(entry)
      others.append(GateStep.Admitted(entry))
    }
    return others
  }

  private mutating func start(_ entry: Entry) {
    let id = entry.delivery.id
    remove(id)
    if favoured.first == id {
      _ = favoured.popFirst()
    } else if let place = favouredKeyless.firstIndex(of: id) {
      favouredKeyless.remove(at: place)
      if let key = entry.key { keys?.seize(key) }
    } else if let key = entry.key {
      keys?.start(key)
    } else {
      _ = waiting.popFirst()
    }
    if let key = entry.key { keyHolders[entry.delivery.work] = KeyHolder(key: key, delivery: id.key) }
  }

  @discardableResult
  private mutating func remove(_ id: DeliveryID) -> Entry? {
    guard let entry = entries.removeValue(forKey: id) else { return nil }
    if entry.isWaiting { waitingEntries -= 1 }
    return entry
  }

  /// The message that is next, where the stage's gates are open.
  private mutating func candidate() -> DeliveryID? {
    while let id = favoured.first {
      if entries[id] != nil { return id }
      _ = favoured.popFirst()
    }
    guard keys != nil else {
      while let id = waiting.first {
        if entries[id] != nil { return id }
        _ = waiting.popFirst()
      }
      return nil
    }
    favouredKeyless.removeAll { entries[$0] == nil }
    for id in favouredKeyless { if let key = entries[id]?.key, keys?.hasPlace(key) ?? true { return id } }
    let id = keys?.first { entries[$0] != nil }
    // What came before and was not looked at yet may have the same key.
    guard let id, let order = entries[id]?.order, order < firstUnscreened else { return nil }
    return id
  }

  private var firstUnscreened: UInt64 {
    min(screening.values.min() ?? .max, unscreened.first.flatMap { entries[$0]?.order } ?? .max)
  }

  private mutating func dropWithdrawn() {
    while let id = unscreened.first {
      // One that was withdrawn and came once more is here twice.
      if let entry = entries[id], !entry.isWaiting, screening[id] == nil { return }
      _ = unscreened.popFirst()
    }
  }

  /// The message was looked at, and has to pass the gates. Nothing where it is wanted no longer.
  mutating func setAside(_ id: DeliveryID, message: Message?, key: String?, isFavoured: Bool = false) {
    guard screening.removeValue(forKey: id) != nil, var entry = entries[id] else { return }
    entry.message = message
    entry.key = key
    entries[id] = entry
    wait(entry, isFavoured: isFavoured)
  }

  /// The message was looked at, and needs no more: it was skipped, or failed.
  mutating func dismiss(_ id: DeliveryID) {
    if screening.removeValue(forKey: id) != nil { entries[id] = nil }
  }

  /// The work holds its key no longer: it has ended, or lets others pass while it waits for a retry.
  mutating func releaseKey(of work: WorkID) {
    if let holder = keyHolders.removeValue(forKey: work) { keys?.release(holder.key) }
  }
}

/// What is asked about what waits.
extension StageGates {
  func isLookedAt(_ entry: Entry) -> Bool { screening[entry.delivery.id] != nil }
  func holdsKey(_ work: WorkID) -> Bool { keyHolders[work] != nil }
  /// Whether the message is the first of its key that may go on.
  func isFree(_ key: String, for id: DeliveryID) -> Bool {
    guard let keys else { return true }
    return favouredKeyless.contains(id) ? keys.hasPlace(key) : keys.isFree(key, for: id)
  }
  var nextToken: Duration? { bucket?.nextToken }
}

/// What happens while messages wait.
extension StageGates {
  /// What waits is wanted no longer. Returns it, to be let go outside every lock.
  mutating func withdraw(_ ids: some Sequence<DeliveryID>) -> [Delivery] {
    ids.compactMap { id in
      screening[id] = nil
      // Where it was refused units, the next one may be in luck.
      guard let entry = remove(id) else { return nil }
      refusal = nil
      return entry.delivery
    }
  }

  /// Takes out everything that waits and that no worker looks at, in order of arrival.
  mutating func takeWaiting() -> [Delivery] {
    withdraw(entries.values.filter { !isLookedAt($0) }.sorted { $0.order < $1.order }.map(\.delivery.id))
  }

  /// What the predicate says now.
  mutating func setDeferral(_ new: DeferralState, at now: Duration) {
    if deferral != .held, new == .held { deferredSince = now }
    deferral = new
    refusal = nil
  }

  /// The pool has something for the stage, or may have.
  mutating func call() { refusal = nil }

  /// The next moment at which something may change by itself: a token comes in, or a message has waited too long.
  mutating func nextDue(at now: Duration) -> Duration? {
    var due: Duration?
    if deferral == .open, let id = candidate(), !isRefused(id), let entry = entries[id] {
      if let token = bucket?.nextToken, token > now { due = token }
      if !isGathered(with: entry, at: now), let window = options.batch?.window {
        due = max(due ?? .zero, entry.since + window)
      }
    }
    while let id = ages.first {
      guard let entry = entries[id] else {
        _ = ages.popFirst()
        continue
      }
      if screening[id] == nil, let end = deadline(of: entry)?.due { due = min(due ?? end, end) }
      break
    }
    return due
  }

  /// Takes out what has waited too long.
  mutating func expire(at now: Duration) -> [ExpiredWait] {
    var expired: [ExpiredWait] = []
    while let id = ages.first {
      if let entry = entries[id] {
        guard screening[id] == nil, let (due, cause) = deadline(of: entry), due <= now else { break }
        remove(id)
        refusal = nil
        expired.append(ExpiredWait(delivery: entry.delivery, message: entry.message, cause: cause))
      }
      _ = ages.popFirst()
    }
    return expired
  }

  private func deadline(of entry: Entry) -> (due: Duration, cause: WaitingTooLong)? {
    if case .broken(let reason) = deferral { return (entry.since, .predicateThrew(reason)) }
    let inQueue = options.queueTimeout.map { (due: entry.since + $0, cause: WaitingTooLong.inQueue($0)) }
    guard let timeout = options.deferralTimeout, deferral == .held else { return inQueue }
    let deferred = (due: max(entry.since, deferredSince) + timeout, cause: WaitingTooLong.deferred(timeout))
    return inQueue.map { $0.due <= deferred.due ? $0 : deferred } ?? deferred
  }

  /// Takes out everything that waits.
  mutating func drain() -> [Delivery] {
    defer { self = StageGates(options) }
    return entries.values.filter { !isLookedAt($0) }.sorted { $0.order < $1.order }.map(\.delivery)
  }
}

/// What a free worker does next at a stage with gates.
public enum GateStep: Sendable {
  /// To look at the message: whether it is to be run at all, and what its key is.
  case screen(Delivery)
  /// To run it, with others where it is a batch, and with the units that were granted.
  case start(Admitted, with: [Admitted], Grant)

  /// A message that has passed the gates.
  public struct Admitted: Sendable {
    public let delivery: Delivery
    /// What its policy was shown, where it was looked at.
    public let message: Message?

    init(_ entry: StageGates.Entry) { (delivery, message) = (entry.delivery, entry.message) }
  }
}

/// What a stage's predicate says (rule R16).
public enum DeferralState: Hashable, Sendable {
  case open
  /// Nothing starts.
  case held
  /// It threw: whatever waits for it fails.
  case broken(String)
}

/// A message that has waited too long.
public struct ExpiredWait: Sendable {
  public let delivery: Delivery
  /// What its policy was shown, where it was looked at.
  public let message: Message?
  public let cause: WaitingTooLong
}

/// Why a message waits no longer, and fails.
public enum WaitingTooLong: Hashable, Sendable {
  case inQueue(Duration)
  case deferred(Duration)
  case predicateThrew(String)
}
