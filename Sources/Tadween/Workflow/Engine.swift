internal import Logging
internal import Synchronization
internal import TadweenCore

/// Performs what the rules direct: moves messages between the broker, the stages' queues, and the workers.
///
/// It owns every task of its workflow: ``run()`` returns when the last of them has ended.
final class Engine: Sendable {
  let identity: WorkflowIdentity
  let graph: WorkflowGraph
  let broker: any Broker
  let clock: any Clock<Duration>
  let time: Timekeeper
  let world: (any World)?
  let logger: Logger
  let stages: [StageRuntime]
  let crews: [Crew]
  let events: EventHub
  /// Why what is under way was not spared by a stored result.
  let misses: MemoMisses
  /// Those whose buckets go with a run.
  let caches: [any RunScopedCache]
  /// nil: nothing is traced.
  let tracing: WorkflowTracing?
  /// nil where nothing is demanded.
  let desk: ResourceDesk?
  /// nil where any number of runs may be unfinished.
  let admission: RunAdmission?
  /// nil where a run may take as long as it likes.
  let runClock: RunClock?
  let watch = Watch()
  let intake = Intake()
  /// Counts the policies that are still to be told of an end: a close waits for them too.
  let hooks = Intake()
  let ids: RunIDSequence
  let completions = Completions()
  let runs = RunTally()
  /// What is parked.
  let parking = Parking()
  let redriveRounds = Locked(RedriveRounds())
  /// What waits while something runs alone; nil in nearly every process.
  let isolation = Locked<Isolation?>(nil)
  /// Whether there is anything to look up there.
  let isolating = Atomic<Bool>(false)
  /// Open once every task has ended and every handler is shut down.
  let hasEnded = Latch<Void>()
  private let errands: AsyncStream<Errand>
  let dispatch: AsyncStream<Errand>.Continuation
  /// How long the last commit took, in nanoseconds; nought for a broker that hands over, whose commits take no time.
  private let lastCommit = Atomic<Int64>(0)
  /// Why the engine has stopped; nil while it works.
  let stopReason = Locked<TadweenError?>(nil)
  /// Open from then on; for whoever sleeps.
  let isStopping = Latch<Void>()

  init(
    identity: WorkflowIdentity, graph: WorkflowGraph, broker: any Broker, time: Timekeeper, logger: Logger,
    maxRunsInFlight: Int?, runTimeout: Duration?, staffing: Staffing
  ) {
    self.identity = identity
    self.graph = graph
    self.broker = broker
    clock = time.clock
    self.time = time
    self.logger = logger
    world = staffing.world
    ids = RunIDSequence(in: staffing.world)
    stages = staffing.stages
    crews = staffing.crews
    events = staffing.events
    misses = staffing.misses
    caches = staffing.caches
    tracing = staffing.tracing
    desk = staffing.desk
    admission = maxRunsInFlight.map { RunAdmission($0) }
    runClock = runTimeout.map { RunClock($0, time) }
    (errands, dispatch) = (staffing.errands, staffing.dispatch)
  }

  var name: String { identity.name }
  var isWorking: Bool { stopReason.withLock { $0 == nil } }

  /// Works until it is stopped. Call it once.
  func run(lifetime: Duration?) async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.watch.run(self) }
      if !broker.handsOver {
        for stage in stages { group.addTask { await self.feed(stage) } }
      }
      if let runClock { group.addTask { await runClock.run(self) } }
      if let lifetime {
        group.addTask {
          guard (try? await self.clock.rest(for: lifetime)) != nil else { return }
          self.stop(
            TadweenError(.brokerClosed, "Workflow \"\(self.name)\" is closed: its lifetime of \(lifetime) is over."))
        }
      }
      for await errand in errands {
        if let executor = errand.executor {
          group.addTask(executorPreference: executor) { await errand.run(self) }
        } else {
          // A preference for nothing in particular would be looked up, under the task's lock, at every switch.
          group.addTask { await errand.run(self) }
        }
      }
      // Stopped: what still runs is told so, and so is the lifetime's task.
      group.cancelAll()
    }
    for stage in stages { await StageLifecycle.shutDown(stage) }
    do {
      try await broker.close(timeout: nil)
    } catch {
      logger.error("the broker did not close", metadata: ["tadween.error": "\(error)"])
    }
    hasEnded.open(())
  }

  /// Brings messages from a broker that does not hand them over, until it has no more. An error is no end of them: the
  /// broker is asked again.
  private func feed(_ stage: StageRuntime) async {
    var pause = Pause()
    while isWorking {
      do {
        let batch = try await broker.receive(from: stage.id, atMost: 256)
        if batch.isEmpty { return }
        runClock?.meet(batch)
        if isIsolating, holds(batch[...]) {
          stage.keepBack(batch.count)
        } else {
          stage.receive(batch)
        }
        pause = Pause()
      } catch {
        if !isWorking { return }
        stage.logger.error(
          "the broker gave no messages and will be asked again",
          metadata: ["tadween.error": "\(error)", "tadween.pause": "\(pause.length)"])
        await rest(for: &pause)
      }
    }
  }
}

/// The way of messages.
extension Engine {
  /// Puts messages into their stages' queues.
  func enqueue(_ deliveries: [Delivery]) { enqueue(deliveries[...]) }

  func enqueue(_ deliveries: ArraySlice<Delivery>) {
    if isIsolating, holds(deliveries) { return }
    distribute(deliveries)
  }

  func distribute(_ deliveries: ArraySlice<Delivery>) {
    var start = deliveries.startIndex
    while start < deliveries.endIndex {
      // Neighbours mostly go to the same stage, so that a batch is one push.
      let stage = deliveries[start].stage
      let end = deliveries[start...].firstIndex { $0.stage != stage } ?? deliveries.endIndex
      stages[Int(stage.index)].enqueue(deliveries[start..<end])
      start = end
    }
  }

  /// Messages that are still to be received count in their queues' bounds.
  func announce(_ announced: [StageID: Int]) {
    for (stage, count) in announced { stages[Int(stage.index)].announce(count) }
  }

  /// Commits, and returns what came of it; nil where the engine stopped before it was recorded. A commit that throws is
  /// repeated with the results in hand; the handlers do not run again (rule R6).
  ///
  /// It does not wait for room: see ``hasRoom(for:of:)``.
  ///
  /// - Parameter tellingStarts: Whether those who listen have yet to be told that the attempts were begun.
  func commit(
    _ transitions: [Transition], of stage: StageRuntime, tellingStarts: Bool = false
  ) async -> CommitResult? {
    if transitions.isEmpty { return CommitResult() }
    let transitions = stage.options.park == nil ? transitions : transitions.map(\.parked)
    let parked = stage.options.park.map { parking.begin(transitions, $0, at: time.now) } ?? [:]
    let ends = StageTally(transitions)
    stage.count(ends)
    let report = events.beginReport()
    defer { if let report { events.endReport(report) } }
    var pause = Pause()
    while true {
      do {
        let start = broker.handsOver ? 0 : time.nanoseconds
        let result = try await broker.commit(transitions)
        if !broker.handsOver { lastCommit.store(time.nanoseconds - start, ordering: .relaxed) }
        announce(result.announced)
        stop(result)
        if stage.hasGates { stage.recorded(transitions, result) }
        if report != nil { tell(of: transitions, result, of: stage, tellingStarts: tellingStarts) }
        let recorded = result.stale.isEmpty && result.cut.isEmpty ? ends : StageTally(transitions, result)
        stage.count(ends, as: recorded)
        log(transitions, result, of: stage, retried: recorded.retried)
        if !parked.isEmpty { watchParked(transitions, result, parked) }
        if isIsolating {
          endIsolation(of: transitions.map(\.delivery.work).filter { !stage.isOverrun($0) })
        }
        return result
      } catch {
        if !isWorking { return nil }
        stage.logger.error(
          "a commit failed and will be repeated",
          metadata: ["tadween.error": "\(error)", "tadween.pause": "\(pause.length)"])
        await rest(for: &pause)
      }
    }
  }

  /// What a result waits for anyway.
  var commitCost: Duration { .nanoseconds(lastCommit.load(ordering: .relaxed)) }

  /// How long to leave a broker alone that threw: twice as long each time, so that one that is down is not flooded.
  struct Pause {
    var length = Duration.milliseconds(10)
  }

  /// Does what nobody else would repeat until the broker has taken it, or the engine stops.
  func insist(
    _ complaint: Logger.Message, _ metadata: Logger.Metadata = [:], _ body: () async throws -> Void
  ) async {
    var pause = Pause()
    while isWorking {
      do { return try await body() } catch {
        logger.error(
          complaint,
          metadata: metadata.merging(["tadween.error": "\(error)", "tadween.pause": "\(pause.length)"]) { $1 })
        await rest(for: &pause)
      }
    }
  }

  /// Sleeps until the pause is over or the engine stops; the next one is longer.
  func rest(for pause: inout Pause) async {
    let length = pause.length
    pause.length = min(length * 2, .seconds(1))
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.clock.rest(for: length) }
      group.addTask { try? await self.isStopping.wait() }
      await group.next()
      group.cancelAll()
    }
  }

  /// Before a commit that adds work: whether every direct target that a value goes to has room (rule R17).
  func hasRoom(for transitions: [Transition], of stage: StageRuntime) -> Bool {
    boundedTargets(of: transitions, stage).allSatisfy(\.hasRoom)
  }

  func waitForRoom(for transitions: [Transition], of stage: StageRuntime) async {
    for target in boundedTargets(of: transitions, stage) {
      let works = transitions.map(\.delivery.work)
      stage.state.withLock { state in for work in works { state.waitingForRoom[work] = target.id } }
      await target.waitForRoom()
      stage.state.withLock { state in for work in works { state.waitingForRoom[work] = nil } }
    }
  }

  private func boundedTargets(of transitions: [Transition], _ stage: StageRuntime) -> [StageRuntime] {
    stage.boundedTargets.filter { bounded in transitions.contains { $0.ending.feeds(bounded.link, in: graph) } }
      .map { stages[Int($0.target.index)] }
  }

  /// Does something in a task of the engine's own, which nothing but its end cancels; nothing once it has ended.
  func perform(_ body: @escaping @Sendable () async -> Void) async {
    await withCheckedContinuation { continuation in
      let errand = Errand { _ in
        await body()
        continuation.resume()
      }
      if case .terminated = dispatch.yield(errand) { continuation.resume() }
    }
  }

  /// Interrupts what runs, and takes out what waits, that a commit or a command has ended.
  private func stop(_ result: CommitResult) {
    for (stage, interrupts) in byStage(result.interrupts) {
      let wanted = Set(interrupts)
      for slot in stage.slots { stage.tellInterrupts(of: slot.interrupt(wanted)) }
    }
    for (stage, withdrawn) in byStage(result.withdrawn) {
      stage.withdraw(withdrawn)
      if stage.options.park != nil { parking.end(withdrawn) }
    }
    if isIsolating { endIsolation(of: result.withdrawn.map(\.work)) }
  }

  private func byStage(_ ids: [DeliveryID]) -> [(StageRuntime, [DeliveryID])] {
    if ids.isEmpty { return [] }
    return Dictionary(grouping: ids) { $0.key.activation.stage }.sorted { $0.key < $1.key }
      .map { (stages[Int($0.key.index)], $0.value) }
  }

  @discardableResult
  func control(_ command: RunCommand) async throws -> CommitResult {
    // The broker would say that it is closed, and not what was asked of whom.
    guard isWorking else { throw closed() }
    let result = try await broker.control(command)
    announce(result.announced)
    stop(result)
    enqueue(result.deliveries)
    return result
  }
}

/// Fresh run ids: a sequence from a random start, because a random number for each would cost a system call.
final class RunIDSequence: Sendable {
  private let start: RunID
  private let count = Atomic<UInt64>(0)

  init(in world: (any World)?) {
    let random = WorldRandom(world: world)
    start = RunID(high: random.next(), low: random.next())
  }

  func next() -> RunID {
    RunID(high: start.high, low: start.low &+ count.add(1, ordering: .relaxed).oldValue)
  }
}

extension Ending {
  /// Whether this end puts something to work with on the link.
  func feeds(_ link: LinkID, in graph: WorkflowGraph) -> Bool {
    switch self {
    case .succeeded(let success): graph[link].kind != .failure && !success.declined.contains(link)
    case .failed: graph[link].kind == .failure
    case .notTaken, .cancelled, .retried, .parked: false
    }
  }
}
