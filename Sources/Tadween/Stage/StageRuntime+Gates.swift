internal import TadweenCore

/// A stage with gates (rule R14).
extension StageRuntime {
  /// What is to be done after unlocking.
  struct Effects {
    var summoned = 0
    var woken: [CheckedContinuation<Bool, Never>] = []
    /// When to look again at what waits.
    var look: Duration?
  }

  func perform(_ effects: Effects) {
    for publisher in effects.woken { publisher.resume(returning: true) }
    if effects.summoned > 0 { crew.summon(to: self, effects.summoned) }
    if let look = effects.look { self.look(at: look) }
    desk?.call()
    showLoad()
  }

  /// Changes what waits, and does what follows from it.
  func change(_ body: (inout State, _ now: Duration) -> Void) {
    let now = time.now
    perform(
      state.withLock { state in
        if state.isClosed { return Effects() }
        body(&state, now)
        return state.effects(at: now)
      })
  }

  /// A message for the worker of this slot to look at, or one or more to start; none, and the slot is given up.
  func step(for slot: Slot) -> [Delivery] {
    let now = time.now
    let (step, isRetired, effects) = state.withLock { state -> (GateStep?, Bool, Effects) in
      if state.engaged.remove(slot.index) != nil { desk?.changeFreeWorkers(of: id, by: 1) }
      let step =
        state.isClosed
        ? nil
        : state.queue.step(of: id, at: now) { delivery, place in
          // Where only a hook is to be called again, nothing is needed for it; a batch is of others too.
          if delivery.history?.result != nil, options.batch == nil { return .granted(.none) }
          return desk?.ask(delivery, at: place, now: now) ?? .granted(.none)
        }
      var isRetired = false
      if step == nil {
        isRetired = state.leave(slot)
      } else {
        state.engaged.insert(slot.index)
        desk?.changeFreeWorkers(of: id, by: -1)
      }
      return (step, isRetired, state.isClosed ? Effects() : state.effects(at: now))
    }
    slot.gateStep = step
    perform(effects)
    if isRetired { shutDown(slot) }
    return step?.deliveries ?? []
  }

  /// A worker that had a message in hand gives its place up.
  func leaveGates() {
    change { state, _ in
      desk?.changeFreeWorkers(of: id, by: 1)
      state.leave()
    }
  }

  /// The handler has returned: the units of its attempt go back, before anything else happens (rule R15).
  func handlerReturned(in slot: Slot) {
    guard let desk, let grant = slot.takeGrant() else { return }
    desk.giveBack(grant)
  }

  /// The worker is done with what is in its slot. Units that no handler gave back go back; and where nothing is to be recorded
  /// of a message, because it is wanted no longer, its key passes on.
  ///
  /// - Parameter recorded: What is to be committed, or was at the deadline.
  func finish(_ slot: Slot, recorded: Set<WorkID>) {
    handlerReturned(in: slot)
    guard case .start = slot.gateStep, let step = slot.gateStep else { return }
    slot.gateStep = nil
    let dropped = step.deliveries.filter { !recorded.contains($0.work) }
    if dropped.isEmpty { return }
    // It may have taken units for a run that was complete by then, and will not become so again.
    desk?.complete(dropped.filter { $0.ticket?.end != nil }.map(\.run))
    if options.concurrencyKey != nil { change { state, _ in for one in dropped { state.releaseKey(of: one.work) } } }
  }

  /// What was committed: keys pass on (rule R19).
  func recorded(_ transitions: [Transition], _ result: CommitResult) {
    guard options.concurrencyKey != nil else { return }
    change { state, _ in
      for (position, transition) in transitions.enumerated() {
        if case .retried = transition.ending, options.concurrencyKey?.hold == .strict, !result.cut.contains(position),
          !result.stale.contains(position)
        {
          continue
        }
        state.releaseKey(of: transition.delivery.work)
      }
    }
  }

  /// A message was looked at, and has to pass the gates.
  func setAside(_ delivery: Delivery, _ message: Message?, key: String?) {
    change { state, _ in
      let isFavoured = desk?.holds(delivery.run) ?? false
      state.queue.setAside(delivery.id, message: message, key: key, isFavoured: isFavoured)
    }
  }

  /// A message was looked at, and ends without its handler; nothing where it has to pass the gates.
  ///
  /// It is begun only now, for what waits is ready and has not begun. False then: it has ended already, as its run was
  /// cancelled, or it came twice.
  func settle(_ delivery: Delivery, _ ending: inout Ending?) {
    guard ending != nil else { return }
    change { state, _ in state.queue.dismiss(delivery.id) }
    if delivery.begin() { return }
    ending = nil
    endIsolation(of: delivery)
  }

  /// The pool has something for the stage, or may have.
  func call() { change { state, _ in state.queue.call() } }

  /// Begins nothing more, for whoever is named; or goes on.
  func pause(by holder: String?) {
    change { state, _ in
      state.pausedBy = holder
      state.queue.setPaused(holder != nil)
      if holder != nil { desk?.forgetFront(of: id) }
    }
  }

  /// What waits has ended, cancelled.
  func withdraw(_ ids: [DeliveryID]) {
    guard hasGates else { return }
    var gone: [Delivery] = []
    change { state, now in
      gone = state.queue.withdraw(ids, at: now)
      for id in ids { state.releaseKey(of: id.work) }
      // It may have been the next one; whoever is, asks anew.
      if !gone.isEmpty { desk?.forgetFront(of: self.id) }
    }
    if !gone.isEmpty { countDropped(gone.count) }
    withExtendedLifetime(gone) {}
  }

  /// Takes out what waits here and in no worker's hands, for somebody who ends it.
  func takeWaiting() -> [Delivery] {
    var taken: [Delivery] = []
    change { state, _ in
      taken = state.queue.takeWaiting() + state.takeAwaitingReturn()
      if !taken.isEmpty { desk?.forgetFront(of: id) }
    }
    return taken
  }

  /// What the stage's predicate says after an update of the shared state.
  func look(at values: StateValues, version: UInt64) {
    guard let deferral = options.deferral?.state(of: values) else { return }
    change { state, now in
      guard version >= state.stateVersion else { return }
      state.stateVersion = version
      state.queue.setDeferral(deferral, at: now)
      if deferral != .open { desk?.forgetFront(of: id) }
    }
  }
}

extension StageRuntime.State {
  /// The key passes on, unless the handler of its last attempt has not returned.
  mutating func releaseKey(of work: WorkID) {
    if unreturned[work] != nil { keysToRelease.insert(work) } else { queue.releaseKey(of: work) }
  }

  /// What follows from a change.
  mutating func effects(at now: Duration) -> StageRuntime.Effects {
    StageRuntime.Effects(
      summoned: queue.summon(at: now), woken: publishers.take(queue.admit()), look: orderLook(at: now))
  }
}

extension GateStep {
  var deliveries: [Delivery] {
    switch self {
    case .screen(let delivery): [delivery]
    case .start(let first, let others, _): [first.delivery] + others.map(\.delivery)
    }
  }
}
