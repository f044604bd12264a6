internal import Logging
internal import Synchronization
internal import TadweenCore

/// A stage at work: its queue and its slots behind one short lock, and what a worker needs to serve it.
final class StageRuntime: Sendable {
  let id: StageID
  let name: String
  let graph: WorkflowGraph
  let work: any StageWork
  let options: StageOptions
  let crew: Crew
  let events: EventHub?
  let time: Timekeeper
  /// What the workflow's stages agree on.
  let shared: SharedState
  /// Where its policy keeps things.
  let stores: StageStores
  /// Why its attempts were not spared by a stored result.
  let misses: MemoMisses
  /// Where its units come from; nil where it demands none.
  let desk: ResourceDesk?
  /// Whether its messages have anything to pass.
  let hasGates: Bool
  /// For those who look at what is under way.
  var slots: [Slot] { state.withLock { $0.slots } }
  let dispatch: @Sendable (Errand) -> Void
  let world: (any World)?
  /// Whether a failed attempt may be made again.
  let retries: Bool
  /// Whether nothing but its policy puts an end to that.
  let retriesForEver: Bool
  /// The greatest batch. One message at a time where hooks look at each, where a deadline holds for each, where each has a
  /// span, or may have to wait for room; a batch otherwise, for speed.
  let greatestBatch: Int
  /// The links that a transition's room has to be looked up for; empty where no target is bounded (rule R17).
  let boundedTargets: [BoundedTarget]
  let logger: Logger
  /// nil: nothing is measured.
  let metrics: StageMetrics?
  let state: Locked<State>

  struct BoundedTarget: Sendable {
    let link: LinkID
    let target: StageID
  }

  struct State: Sendable {
    var queue: StageQueue
    /// One for each worker that there may be.
    var slots: [Slot]
    /// Those among them that a worker may take.
    var freeSlots: [Slot]
    /// Those that are used no longer, because there are fewer workers than there were, until they are shut down.
    var retiredSlots: [Slot] = []
    /// The index of the next slot that is made.
    var nextSlot: Int
    var publishers = TurnList()
    var isClosed = false
    /// Nil until it is interrupted; open once nobody works there any more.
    var vacated: Latch<Void>?
    /// The moment for which the next look at what is delayed is ordered; nil: none is.
    var nextLook: Duration?
    /// Attempts that ended at their deadline, whose handlers have not returned; with the next attempt, once it is known.
    var unreturned: [WorkID: Overrun] = [:]
    /// Those among them whose keys pass on once they return.
    var keysToRelease: Set<WorkID> = []
    /// Slots whose worker has a message in hand, where there are gates.
    var engaged: Set<Int> = []
    /// Work that has ended and waits for room in the queue of another stage.
    var waitingForRoom: [WorkID: StageID] = [:]
    /// What is left of its retry budget; nil: it has none.
    var retryAccount: RetryAccount?
    /// Who has paused it; nil: nobody.
    var pausedBy: String?
    /// The last update of the shared state that was looked at.
    var stateVersion: UInt64 = 0
    var tally = StageTally()
    /// What the metrics were last told.
    var shown = (waiting: 0, busy: 0)
  }

  /// Attempts at one piece of work that have ended before their handlers returned: mostly one, more where a broker delivered
  /// the work anew meanwhile. And the attempt that waits for them.
  struct Overrun: Sendable {
    var attempts: [Attempt] = []
    var next: Delivery?

    struct Attempt: Sendable {
      let key: DeliveryKey
      /// When it ended.
      let end: Duration
    }
  }

  init(
    _ id: StageID, in graph: WorkflowGraph, work: any StageWork, options: StageOptions, crew: Crew, events: EventHub?,
    time: Timekeeper, shared: SharedState, stores: StageStores, misses: MemoMisses, desk: ResourceDesk?,
    dispatch: @escaping @Sendable (Errand) -> Void,
    logger: Logger, world: (any World)?, metrics: StageMetrics? = nil, isTraced: Bool = false
  ) {
    self.id = id
    self.graph = graph
    name = graph[id].name
    self.work = work
    self.options = options
    self.crew = crew
    self.events = events
    self.time = time
    self.shared = shared
    self.misses = misses
    self.stores = options.stores(beside: stores)
    self.desk = options.demands.isEmpty ? nil : desk
    let gates = options.gates(hasPolicy: work.hasHooks)
    hasGates = gates.areNeeded
    self.dispatch = dispatch
    self.world = world
    retries = options.retry.maxAttempts > 1
    retriesForEver = options.retry.maxAttempts == .max
    let slots = (0..<options.taskQueue.workers).map { Slot($0, work.instances.next()) }
    let node = graph[id]
    state = Locked(
      State(
        queue: StageQueue(
          workers: options.taskQueue.workers, bound: options.queueBound, opensItems: node.takesItems(in: graph),
          gates: gates),
        slots: slots, freeSlots: slots.reversed(), nextSlot: slots.count,
        retryAccount: options.retry.budget.map { RetryAccount($0) }))
    let leaving = node.outgoing + node.maps.flatMap { graph[$0].links }
    boundedTargets = leaving.map { BoundedTarget(link: $0, target: graph[$0].target) }
      .filter { graph[$0.target].bound != nil }
    let goesOneByOne = work.hasHooks || hasGates || isTraced || options.timeout != nil || !boundedTargets.isEmpty
    greatestBatch = goesOneByOne ? 1 : 64
    self.metrics = metrics
    var logger = logger
    logger[metadataKey: "tadween.stage"] = "\(name)"
    self.logger = logger
  }

  /// - Parameter hook: The hook that threw it; nil: no hook.
  func failure(
    _ kind: Failure.Kind, _ error: any Error, _ delivery: Delivery, hook: String? = nil
  ) -> Failure {
    var place = hook.map { ["\($0) threw"] } ?? []
    // What does not fit was made by the stage before.
    if kind == .inputValidation || kind == .transform, let link = delivery.link {
      place.append("what \"\(graph[graph[link].source].name)\" passed on")
    }
    return Failure(
      kind: kind, typeName: "\(type(of: error))", messages: place + Failure.messages(of: error), stage: name,
      scope: delivery.scope, attempt: Int(delivery.key.attempt), hook: hook, message: delivery.messageID(in: graph))
  }

  func logger(for delivery: Delivery) -> Logger {
    var logger = logger
    logger[metadataKey: "tadween.run"] = "\(delivery.run)"
    logger[metadataKey: "tadween.attempt"] = "\(delivery.key.attempt)"
    if !delivery.scope.isRoot { logger[metadataKey: "tadween.scope"] = "\(delivery.scope)" }
    return logger
  }
}

/// The way through a worker's hand.
extension StageRuntime {
  /// Puts away how the last message ended, and picks up the next that is still wanted: one is dropped where its run was
  /// cancelled meanwhile, for its end is recorded already.
  func pickUp(in slot: Slot, after ended: inout Ending?) -> Delivery? {
    let now = metrics == nil ? 0 : time.nanoseconds
    if metrics != nil { measureRun(in: slot, until: now) }
    while let delivery = slot.next(after: &ended) {
      guard delivery.begin() else {
        drop(delivery)
        continue
      }
      if metrics != nil { measureWait(of: delivery, in: slot, until: now) }
      if retries { noteStart(of: delivery, in: slot) }
      if let events, events.isObserved, !slot.isBatch.load(ordering: .relaxed) { tellStart(of: delivery) }
      return delivery
    }
    return nil
  }
}

extension StageRuntime {
  /// A message was wanted no longer when its turn came.
  func drop(_ delivery: Delivery) {
    countDropped()
    endIsolation(of: delivery)
  }
}

/// The way in and out of the queue.
extension StageRuntime {
  /// Adds messages and wakes workers for them. A closed stage drops them: its workflow has ended.
  func enqueue(_ deliveries: ArraySlice<Delivery>) {
    stamp(deliveries)
    if hasGates || deliveries.contains(where: \.isAgain) { return enqueueTimed(deliveries) }
    let summoned = state.withLock { state -> Int in
      state.tally.received += deliveries.count
      return state.isClosed ? 0 : state.queue.add(deliveries)
    }
    showArrival(deliveries)
    if summoned > 0 { crew.summon(to: self, summoned) }
  }

  /// Adds messages that were received from a broker, which announced them.
  func receive(_ deliveries: [Delivery]) {
    stamp(deliveries[...])
    if hasGates || deliveries.contains(where: \.isAgain) {
      return enqueueTimed(deliveries[...], announced: deliveries.count)
    }
    let summoned = state.withLock { state -> Int in
      state.tally.received += deliveries.count
      return state.isClosed ? 0 : state.queue.receive(deliveries[...])
    }
    showArrival(deliveries[...])
    if summoned > 0 { crew.summon(to: self, summoned) }
  }

  /// Counts messages that are still to be received.
  func announce(_ count: Int) { state.withLock { $0.queue.announce(count) } }

  /// Messages that were announced are kept elsewhere until they are added: there is room for others so long.
  func keepBack(_ count: Int) {
    let woken = state.withLock { state in
      state.queue.announce(-count)
      return state.publishers.take(state.queue.admit())
    }
    for publisher in woken { publisher.resume(returning: true) }
  }

  /// Takes messages back in front of all others: a worker took more than it could start.
  func putBack(_ deliveries: [Delivery]) {
    let summoned = state.withLock { state in state.isClosed ? 0 : state.queue.putBack(deliveries) }
    if summoned > 0 { crew.summon(to: self, summoned) }
  }

  /// A summoned worker takes a slot.
  func come(preferring index: Int?) -> Slot {
    state.withLock { state in
      state.queue.come()
      return state.takeSlot(preferring: index)
    }
  }

  /// A worker brings messages from another stage and goes on with the first of them here, if it may: the slot that it
  /// takes, and how many messages it keeps.
  func handOff(_ deliveries: ArraySlice<Delivery>, preferring index: Int?) -> (slot: Slot, kept: Int)? {
    stamp(deliveries)
    let accepted = state.withLock { state -> (slot: Slot, kept: Int, summoned: Int)? in
      guard !state.isClosed, let place = state.freeSlot(preferring: index) else { return nil }
      let slot = state.freeSlots[place]
      guard let (kept, summoned) = state.queue.handOff(deliveries, atMost: slot.pace) else { return nil }
      state.tally.received += deliveries.count
      state.freeSlots.remove(at: place)
      return (slot, kept, summoned)
    }
    guard let (slot, kept, summoned) = accepted else { return nil }
    showArrival(deliveries)
    if summoned > 0 { crew.summon(to: self, summoned) }
    return (slot, kept)
  }

  /// Takes as many messages as the slot's pace allows, or gives the slot up where there are none.
  func take(for slot: Slot) -> [Delivery] {
    if hasGates { return step(for: slot) }
    let limit = slot.pace
    let (batch, woken, isRetired) = state.withLock { state -> ([Delivery], [CheckedContinuation<Bool, Never>], Bool) in
      var batch: [Delivery] = []
      var woken: [CheckedContinuation<Bool, Never>] = []
      if !state.isClosed {
        woken = state.publishers.take(state.queue.take(atMost: limit, into: &batch))
      }
      return (batch, woken, batch.isEmpty && state.leave(slot))
    }
    for publisher in woken { publisher.resume(returning: true) }
    if isRetired { shutDown(slot) }
    showLoad()
    return batch
  }

  /// A worker goes though there may be work: its task was cancelled with the handler that it ran.
  func abandon(_ slot: Slot) {
    if hasGates {
      giveBack(slot)
      return leaveGates()
    }
    let (summoned, isRetired) = state.withLock { state in
      let isRetired = state.leave(slot)
      return (state.queue.summon(), isRetired)
    }
    showLoad()
    if summoned > 0 { crew.summon(to: self, summoned) }
    if isRetired { shutDown(slot) }
  }

  /// A worker gives its slot up and keeps its place: it has handled its message, and has yet to commit.
  func giveBack(_ slot: Slot) {
    let isRetired = state.withLock { state in
      state.engaged.remove(slot.index)
      return state.free(slot)
    }
    if isRetired { shutDown(slot) }
  }

  /// And gives the place up too.
  func leave() {
    if hasGates { return leaveGates() }
    let summoned = state.withLock { state in
      state.leave()
      return state.queue.summon()
    }
    showLoad()
    if summoned > 0 { crew.summon(to: self, summoned) }
  }

  var hasNothingWaiting: Bool { state.withLock { $0.queue.depth == 0 } }

  /// How much there is to do, and is being done.
  var load: (waiting: Int, running: Int) {
    state.withLock { ($0.queue.waiting + $0.unreturned.values.count { $0.next != nil }, $0.queue.busy) }
  }

  /// Refuses further work and lets go of what waits.
  func close() {
    // What waits leaves with it, and goes after unlocking: a payload may call back when it goes.
    let (slots, rest, publishers) = state.withLock { state in
      state.isClosed = true
      return (state.slots, state.queue.drain(), state.publishers.takeAll())
    }
    for slot in slots { slot.shut() }
    for publisher in publishers { publisher.resume(returning: true) }
    showLoad()
    withExtendedLifetime(rest) {}
  }
}

extension StageRuntime.State {
  /// Where in the list the slot stands that a worker takes: its own where its crew has dedicated threads, as the instance
  /// in it is that thread's, else the one that was given up last.
  func freeSlot(preferring index: Int?) -> Int? {
    index.map { index in freeSlots.lastIndex { $0.index == index } } ?? freeSlots.indices.last
  }

  /// A slot is free for every worker that was summoned.
  mutating func takeSlot(preferring index: Int?) -> Slot {
    freeSlots.remove(at: freeSlot(preferring: index) ?? 0)
  }

  mutating func leave(_ slot: Slot) -> Bool {
    leave()
    return free(slot)
  }

  mutating func leave() {
    queue.leave()
    noteVacancy()
  }

  /// Lets another worker take the slot. True: there are too many, and this one is used no longer.
  mutating func free(_ slot: Slot) -> Bool {
    guard slots.count > queue.workers else {
      freeSlots.append(slot)
      return false
    }
    retire(slot)
    return true
  }

  mutating func retire(_ slot: Slot) {
    slots.removeAll { $0 === slot }
    retiredSlots.append(slot)
  }
}
