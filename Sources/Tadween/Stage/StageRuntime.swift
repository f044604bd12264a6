internal import Logging
internal import TadweenCore

/// A stage at work: its queue and its slots behind one short lock, and what a worker needs to serve it.
final class StageRuntime: Sendable {
  let id: StageID
  let name: String
  let graph: WorkflowGraph
  let work: any StageWork
  let options: StageOptions
  let slots: [Slot]
  let crew: Crew
  let events: EventHub?
  let time: Timekeeper
  let dispatch: @Sendable (Errand) -> Void
  /// Whether a failed attempt may be made again.
  let retries: Bool
  /// The greatest batch. One message at a time where hooks look at each, where a deadline holds for each, or where each
  /// may have to wait for room; a batch otherwise, for speed.
  let greatestBatch: Int
  /// The links that a transition's room has to be looked up for; empty where no target is bounded (rule R17).
  let boundedTargets: [BoundedTarget]
  let logger: Logger
  let state: Locked<State>

  struct BoundedTarget: Sendable {
    let link: LinkID
    let target: StageID
  }

  struct State: Sendable {
    var queue: StageQueue
    var freeSlots: [Int]
    var publishers: [StageQueue.Publisher: CheckedContinuation<Bool, Never>] = [:]
    var nextPublisher: StageQueue.Publisher = 0
    var isClosed = false
    /// The moment for which the next look at what is delayed is ordered; nil: none is.
    var nextLook: Duration?
    /// Attempts that ended at their deadline, whose handlers have not returned; with the next attempt, once it is known.
    var unreturned: [Work: Delivery?] = [:]
  }

  /// One activation of one run.
  struct Work: Hashable, Sendable {
    let run: RunID
    let activation: Activation

    init(_ delivery: Delivery) { (run, activation) = (delivery.run, delivery.key.activation) }
  }

  init(
    _ id: StageID, in graph: WorkflowGraph, work: any StageWork, options: StageOptions, crew: Crew, events: EventHub?,
    time: Timekeeper, dispatch: @escaping @Sendable (Errand) -> Void, logger: Logger
  ) {
    self.id = id
    self.graph = graph
    name = graph[id].name
    self.work = work
    self.options = options
    self.crew = crew
    self.events = events
    self.time = time
    self.dispatch = dispatch
    retries = options.retry.maxAttempts > 1
    slots = (0..<options.taskQueue.workers).map { Slot($0) }
    let node = graph[id]
    state = Locked(
      State(
        queue: StageQueue(
          workers: options.taskQueue.workers, bound: options.queueBound, opensItems: node.takesItems(in: graph)),
        freeSlots: Array(slots.indices.reversed())))
    let leaving = node.outgoing + node.maps.flatMap { graph[$0].links }
    boundedTargets = leaving.map { BoundedTarget(link: $0, target: graph[$0].target) }
      .filter { graph[$0.target].bound != nil }
    greatestBatch = work.hasHooks || options.timeout != nil || !boundedTargets.isEmpty ? 1 : 64
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
    return logger
  }
}

/// The way through a worker's hand.
extension StageRuntime {
  /// Puts away how the last message ended, and picks up the next that is still wanted: one is dropped where its run was
  /// cancelled meanwhile, for its end is recorded already.
  func pickUp(in slot: Slot, after ended: inout Ending?) -> Delivery? {
    while let delivery = slot.next(after: &ended) {
      guard delivery.begin() else { continue }
      if retries { slot.began(at: time.now) }
      if let events, events.isObserved { events.emit { .started(WorkflowEvent.Place(delivery, in: graph)) } }
      return delivery
    }
    return nil
  }
}

/// The way in and out of the queue.
extension StageRuntime {
  /// Adds messages and wakes workers for them. A closed stage drops them: its workflow has ended.
  func enqueue(_ deliveries: ArraySlice<Delivery>) {
    if deliveries.contains(where: \.isAgain) { return enqueueRetries(deliveries) }
    let summoned = state.withLock { state in state.isClosed ? 0 : state.queue.add(deliveries) }
    if summoned > 0 { crew.summon(to: self, summoned) }
  }

  /// Adds messages that were received from a broker, which announced them.
  func receive(_ deliveries: [Delivery]) {
    if deliveries.contains(where: \.isAgain) {
      return enqueueRetries(deliveries[...], announced: deliveries.count)
    }
    let summoned = state.withLock { state in state.isClosed ? 0 : state.queue.receive(deliveries[...]) }
    if summoned > 0 { crew.summon(to: self, summoned) }
  }

  /// Counts messages that are still to be received.
  func announce(_ count: Int) { state.withLock { $0.queue.announce(count) } }

  /// Takes messages back in front of all others: a worker took more than it could start.
  func putBack(_ deliveries: [Delivery]) {
    let summoned = state.withLock { state in state.isClosed ? 0 : state.queue.putBack(deliveries) }
    if summoned > 0 { crew.summon(to: self, summoned) }
  }

  /// A summoned worker takes a slot.
  func come(preferring index: Int?) -> Slot {
    slots[
      state.withLock { state in
        state.queue.come()
        return state.takeSlot(preferring: index)
      }]
  }

  /// A worker brings messages from another stage and goes on with the first of them here, if it may: the slot that it
  /// takes, and how many messages it keeps.
  func handOff(_ deliveries: ArraySlice<Delivery>, preferring index: Int?) -> (slot: Slot, kept: Int)? {
    let accepted = state.withLock { state -> (slot: Slot, kept: Int, summoned: Int)? in
      guard !state.isClosed, let place = state.freeSlot(preferring: index) else { return nil }
      let slot = slots[state.freeSlots[place]]
      guard let (kept, summoned) = state.queue.handOff(deliveries, atMost: slot.pace) else { return nil }
      state.freeSlots.remove(at: place)
      return (slot, kept, summoned)
    }
    guard let (slot, kept, summoned) = accepted else { return nil }
    if summoned > 0 { crew.summon(to: self, summoned) }
    return (slot, kept)
  }

  /// Takes as many messages as the slot's pace allows, or gives the slot up where there are none.
  func take(for slot: Slot) -> [Delivery] {
    let limit = slot.pace
    let (batch, woken) = state.withLock { state -> ([Delivery], [CheckedContinuation<Bool, Never>]) in
      var batch: [Delivery] = []
      var woken: [CheckedContinuation<Bool, Never>] = []
      if !state.isClosed {
        woken = state.takeContinuations(of: state.queue.take(atMost: limit, into: &batch))
      }
      if batch.isEmpty { state.leave(slot) }
      return (batch, woken)
    }
    for publisher in woken { publisher.resume(returning: true) }
    return batch
  }

  /// A worker goes though there may be work: its task was cancelled with the handler that it ran.
  func abandon(_ slot: Slot) {
    let summoned = state.withLock { $0.leave(slot) }
    if summoned > 0 { crew.summon(to: self, summoned) }
  }

  /// A worker gives its slot up and keeps its place: it has handled its message, and has yet to commit.
  func giveBack(_ slot: Slot) { state.withLock { $0.freeSlots.append(slot.index) } }

  /// And gives the place up too.
  func leave() {
    let summoned = state.withLock { $0.queue.leave() }
    if summoned > 0 { crew.summon(to: self, summoned) }
  }

  var hasNothingWaiting: Bool { state.withLock { $0.queue.depth == 0 } }

  /// How much there is to do, and is being done.
  var load: (waiting: Int, running: Int) {
    state.withLock { ($0.queue.waiting + $0.unreturned.values.count { $0 != nil }, $0.queue.busy) }
  }

  /// Refuses further work and lets go of what waits.
  func close() {
    // What waits leaves with it, and goes after unlocking: a payload may call back when it goes.
    let (rest, publishers) = state.withLock { state in
      state.isClosed = true
      defer { state.publishers = [:] }
      return (state.queue.drain(), Array(state.publishers.values))
    }
    for publisher in publishers { publisher.resume(returning: true) }
    withExtendedLifetime(rest) {}
  }
}

extension StageRuntime.State {
  /// Where in the list the slot stands that a worker takes: its own where its crew has dedicated threads, as the instance
  /// in it is that thread's, else the one that was given up last.
  func freeSlot(preferring index: Int?) -> Int? {
    index.map { freeSlots.lastIndex(of: $0) } ?? freeSlots.indices.last
  }

  /// A slot is free for every worker that was summoned.
  mutating func takeSlot(preferring index: Int?) -> Int {
    freeSlots.remove(at: freeSlot(preferring: index) ?? 0)
  }

  @discardableResult
  mutating func leave(_ slot: Slot) -> Int {
    freeSlots.append(slot.index)
    return queue.leave()
  }
}
