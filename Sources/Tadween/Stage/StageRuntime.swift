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
  private let dispatch: @Sendable (Errand) -> Void
  /// Whether a failed attempt may be made again.
  let retries: Bool
  /// The greatest batch. One message at a time where hooks look at each, where a deadline holds for each, or where each
  /// may have to wait for room; a batch otherwise, for speed.
  let greatestBatch: Int
  /// The links that a transition's room has to be looked up for; empty where no target is bounded (rule R17).
  let boundedTargets: [BoundedTarget]
  let logger: Logger
  private let state: Locked<State>

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
    if deliveries.contains(where: { $0.history != nil }) { return enqueueRetries(deliveries) }
    let summoned = state.withLock { state in state.isClosed ? 0 : state.queue.add(deliveries) }
    if summoned > 0 { crew.summon(to: self, summoned) }
  }

  /// Adds messages that were received from a broker, which announced them.
  func receive(_ deliveries: [Delivery]) {
    if deliveries.contains(where: { $0.history != nil }) {
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

  /// Whether a publisher may add work now.
  var hasRoom: Bool { state.withLock { $0.queue.hasRoom } }

  /// How many wait for room in the queue.
  var waitingPublishers: Int { state.withLock { $0.publishers.count } }

  /// How much there is to do, and is being done.
  var load: (waiting: Int, running: Int) {
    state.withLock { ($0.queue.waiting + $0.unreturned.values.count { $0 != nil }, $0.queue.busy) }
  }

  /// Suspends until the queue is below its bound, the stage is closed, or the caller is cancelled.
  func waitForRoom() async {
    while await wait({ $0.wait($1) }) {
      if state.withLock({ $0.isClosed || $0.queue.hasRoom }) { return }
    }
  }

  /// Keeps places in the queue for what is about to be submitted; as many as are wanted where it has no bound. To be given
  /// back with ``release(_:)`` once they are filled. Suspends until there is one, in the order of the callers.
  ///
  /// - Throws: `CancellationError` when the caller is cancelled first.
  func reserve(atMost wanted: Int) async throws -> Int {
    guard options.queueBound != nil else { return wanted }
    var count = 0
    let goesOn = await wait { queue, submitter in
      count = queue.reserve(atMost: wanted, for: submitter)
      return count == 0
    }
    guard goesOn else { throw CancellationError() }
    return max(1, count)
  }

  /// Gives places back, filled or not.
  func release(_ places: Int) {
    guard options.queueBound != nil else { return }
    let woken = state.withLock { state in state.takeContinuations(of: state.queue.release(places)) }
    for publisher in woken { publisher.resume(returning: true) }
  }

  /// Suspends, where the queue has the caller wait, until the queue lets it go on or the stage is closed; false where the
  /// caller was cancelled first.
  private func wait(_ hasToWait: (inout StageQueue, StageQueue.Publisher) -> Bool) async -> Bool {
    let ticket = state.withLock { state in
      state.nextPublisher += 1
      return state.nextPublisher
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // Registered only if it must wait, and was not cancelled meanwhile.
        let goesOn = state.withLock { state -> Bool? in
          if state.isClosed { return true }
          if Task.isCancelled { return false }
          if !hasToWait(&state.queue, ticket) { return true }
          state.publishers[ticket] = continuation
          return nil
        }
        if let goesOn { continuation.resume(returning: goesOn) }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        state.queue.forget(ticket)
        return state.publishers.removeValue(forKey: ticket)
      }
      continuation?.resume(returning: false)
    }
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

/// Attempts that are made again.
extension StageRuntime {
  /// What the stage's policy makes of an attempt that failed.
  func decide(_ failure: Failure, _ error: any Error, of delivery: Delivery, begunAt start: Duration)
    -> RetryPolicy.Decision
  {
    guard retries else { return .fail }
    var random = SystemRandomNumberGenerator()
    return options.retry.decide(
      .init(
        failure: failure, error: error, attempt: Int(delivery.key.attempt),
        elapsed: (delivery.history?.elapsed ?? .zero) + (time.now - start)), random: &random)
  }

  /// The end of an attempt that failed, once it is decided what becomes of it.
  func ending(
    _ failure: Failure, _ decision: RetryPolicy.Decision, of delivery: Delivery, begunAt start: Duration
  ) -> Ending {
    let failures = delivery.history?.failures ?? []
    let elapsed = (delivery.history?.elapsed ?? .zero) + (time.now - start)
    switch decision {
    case .fail: return .failed(failure)
    case .retry(let delay):
      return .retried(Retry(AttemptHistory(failures: failures + [failure], elapsed: elapsed + delay, delay: delay)))
    case .snooze(let delay):
      return .retried(
        Retry(AttemptHistory(failures: failures, elapsed: elapsed + delay, delay: delay), countsAttempt: false))
    }
  }

  /// - Parameter announced: How many of them were announced before.
  private func enqueueRetries(_ deliveries: ArraySlice<Delivery>, announced: Int = 0) {
    let now = time.now
    let (summoned, look) = state.withLock { state -> (Int, Duration?) in
      if state.isClosed { return (0, nil) }
      state.queue.announce(-announced)
      let summoned = state.queue.add(state.setAside(from: deliveries), at: now)
      return (summoned, state.orderLook())
    }
    if summoned > 0 { crew.summon(to: self, summoned) }
    if let look { self.look(at: look) }
  }

  /// Looks, at that moment, at what is delayed, and makes ready what is due.
  private func look(at due: Duration) {
    dispatch(
      Errand { engine in
        guard (try? await self.time.clock.rest(for: due - self.time.now)) != nil else { return }
        let now = self.time.now
        let (summoned, look) = self.state.withLock { state -> (Int, Duration?) in
          if state.nextLook == due { state.nextLook = nil }
          return (state.queue.ripen(at: now), state.orderLook())
        }
        if summoned > 0 { self.crew.summon(to: self, summoned) }
        if let look { self.look(at: look) }
      })
  }

  /// The attempt has ended though its handler has not returned: the next one waits until it has (rule R13).
  func beginOverrun(_ delivery: Delivery) { state.withLock { $0.unreturned[Work(delivery)] = .some(nil) } }

  /// The handler has returned.
  func endOverrun(_ delivery: Delivery) {
    guard let next = state.withLock({ $0.unreturned.removeValue(forKey: Work(delivery)) }) ?? nil else { return }
    enqueue([next])
  }
}

extension StageRuntime.State {
  /// Keeps back attempts at work whose last handler has not returned.
  mutating func setAside(from deliveries: ArraySlice<Delivery>) -> ArraySlice<Delivery> {
    if unreturned.isEmpty { return deliveries }
    var rest = deliveries
    rest.removeAll { delivery in
      let work = StageRuntime.Work(delivery)
      guard unreturned[work] != nil else { return false }
      unreturned[work] = .some(delivery)
      return true
    }
    return rest
  }

  /// The moment of the next look at what is delayed, where none is ordered that comes as early.
  mutating func orderLook() -> Duration? {
    guard let due = queue.nextDue, due < nextLook ?? .seconds(Int64.max) else { return nil }
    nextLook = due
    return due
  }

  /// Where in the list the slot stands that a worker takes: its own where its crew has dedicated threads, as the instance
  /// in it is that thread's, else the one that was given up last.
  func freeSlot(preferring index: Int?) -> Int? {
    index.map { freeSlots.lastIndex(of: $0) } ?? freeSlots.indices.last
  }

  /// A slot is free for every worker that was summoned.
  mutating func takeSlot(preferring index: Int?) -> Int {
    freeSlots.remove(at: freeSlot(preferring: index) ?? 0)
  }

  /// Those who wait under these numbers, to be resumed outside the lock.
  mutating func takeContinuations(of admitted: [StageQueue.Publisher]) -> [CheckedContinuation<Bool, Never>] {
    admitted.compactMap { publishers.removeValue(forKey: $0) }
  }

  @discardableResult
  mutating func leave(_ slot: Slot) -> Int {
    freeSlots.append(slot.index)
    return queue.leave()
  }
}
