/// A stage with gates: its messages wait there, in no worker's hands (rule R14).
///
/// Whatever changes here is followed by ``summon(at:)`` and ``admit()``. Workers are summoned one at a time, for what the
/// next one finds open may be closed again after it; each that finds something to do has another one summoned.
extension StageQueue {
  public var hasGates: Bool { gates != nil }

  mutating func summonToGates(at now: Duration) -> Int {
    guard summoned == 0, busy < workers, gates?.mayGoOn(at: now) ?? false else { return 0 }
    summoned += 1
    return 1
  }

  /// What a worker does next; nil where there is nothing.
  ///
  /// - Parameter ask: Asks for the units that a message demands; its place among all that wait for some goes along.
  public mutating func step(
    of stage: StageID, at now: Duration, ask: (Delivery, ResourcePool.Place) -> ResourcePool.Verdict
  ) -> GateStep? {
    // One that is too many goes.
    guard !isPaused, busy <= workers else { return nil }
    let step = gates?.next(at: now) { entry in
      ask(
        entry.delivery,
        ResourcePool.Place(priority: entry.priority, since: entry.since, stage: stage, order: entry.order))
    }
    openItems(at: now)
    return step
  }

  /// A message was looked at, and has to pass the gates.
  public mutating func setAside(_ id: DeliveryID, message: Message?, key: String?, isFavoured: Bool = false) {
    gates?.setAside(id, message: message, key: key, isFavoured: isFavoured)
  }

  /// A message was looked at, and needs no more: it was skipped, or failed.
  public mutating func dismiss(_ id: DeliveryID) { gates?.dismiss(id) }

  /// The work holds its key no longer.
  public mutating func releaseKey(of work: WorkID) { gates?.releaseKey(of: work) }

  /// The pool has something for the stage, or may have.
  public mutating func call() { gates?.call() }

  /// What waits is wanted no longer. Returns it, to be let go outside every lock.
  public mutating func withdraw(_ ids: some Sequence<DeliveryID>, at now: Duration) -> [Delivery] {
    defer { openItems(at: now) }
    return gates?.withdraw(ids) ?? []
  }

  /// What the stage's predicate says now.
  public mutating func setDeferral(_ deferral: DeferralState, at now: Duration) {
    gates?.setDeferral(deferral, at: now)
  }

  /// Takes out what has waited too long.
  public mutating func expire(at now: Duration) -> [ExpiredWait] {
    defer { openItems(at: now) }
    return gates?.expire(at: now) ?? []
  }

  /// The next moment at which something may change by itself; nil: none.
  public mutating func nextDue(at now: Duration) -> Duration? {
    let due = gates?.nextDue(at: now)
    return nextRetry.map { min($0, due ?? $0) } ?? due
  }

  /// Nothing is taken from now on, until it is resumed. What was refused asks anew then.
  public mutating func setPaused(_ isPaused: Bool) {
    self.isPaused = isPaused
    gates?.call()
  }

  /// Lets so many work at once. Those that are too many go when they have nothing in hand.
  public mutating func setWorkers(_ count: Int) { workers = count }
}
