public import Logging
public import ServiceLifecycle
internal import TadweenCore

/// A graph of stages, and the engine that runs it.
///
/// ```swift
/// let workflow = Workflow(name: "audio", broker: .inMemory)
/// let download   = try workflow.addStage("download", DownloadHandler())
/// let transcribe = try workflow.addStage("transcribe", WhisperHandler())
/// try workflow.link(download, to: transcribe)
///
/// try await workflow.build()
/// let run = try await workflow.submit(Recording(url: "https://example.com/audio.mp3"))
/// print(try await run.output(of: transcribe))
/// try await workflow.close(timeout: .seconds(5))
/// ```
/// Stages and links are added first; ``build()`` checks everything and starts; then runs are submitted. A workflow that
/// is let go without ``close(timeout:)`` ends its workers, logs a warning, and tells whoever waits for its runs; what ran goes
/// back to the broker, as it does in a close whose time runs out.
public final class Workflow: Sendable {
  /// What pictures, logs and errors call it.
  public var name: String { identity.name }
  let identity: WorkflowIdentity
  let broker: any Broker
  let clock: any Clock<Duration>
  /// The simulation that it was made in; nil: none.
  let world: (any World)?
  let lifetime: Duration?
  let stock: Resources
  /// What all its stages may use.
  let stores: StageStores
  let maxRunsInFlight: Int?
  private let shutdownTimeout: Duration
  let runTimeout: Duration?
  /// What its stages agree on while they work: typed values, for a ``Deferral`` and for whoever asks.
  public let state = SharedState()
  let logger: Logger
  let observation: WorkflowObservation
  private let phase: Locked<Phase>

  private enum Phase: Sendable {
    case draft(WorkflowDraft)
    case building(WorkflowDraft, Building)
    case open(Engine, WorkflowDraft)
    case closed(TadweenError)
  }

  /// - Parameters:
  ///   - name: What pictures, logs and errors call it.
  ///   - broker: Where messages and runs are kept; in this process's memory by default.
  ///   - resources: The units that its stages share; see ``StageOptions/demands``.
  ///   - repositories: What the policies of all its stages find with ``StageContext/repository(of:)``, one for each kind of
  ///     artifact; none by default.
  ///   - caches: What they find with ``StageContext/cache(of:)``, one for each kind of bucket; none by default. Buckets that
  ///     belong to a run go when it is complete.
  ///   - maxRunsInFlight: How many runs may be unfinished at once; what is submitted beyond waits, in order. Nil, the
  ///     default: any number. At least 1.
  ///   - runTimeout: How long a run may take, from its submission until it is complete. What is late is cancelled, and has
  ///     failed with a failure of the kind ``Failure/Kind/timeout``: what has not started never starts, handlers are told to
  ///     stop, stages whose options say ``StageOptions/runsWhenCancelled`` clean up; the run is complete when all that has
  ///     ended. A handler that does not listen keeps it until its own deadline, so give stages a timeout too. A redrive
  ///     counts anew; so does a process that finds the run unfinished. Nil, the default: as long as it takes, at no cost. More
  ///     than nought.
  ///   - onFailure: Whether one failure cancels the rest of its run; by default the other branches go on.
  ///   - lifetime: How long after ``build()`` it closes by itself, waiting for nothing: what runs is told to stop, and goes back
  ///     to the broker; nil: never.
  ///   - shutdownTimeout: How long unfinished runs may take after a graceful shutdown of ``run()``; 30 seconds by default. Keep
  ///     it below what kills the process: 30 seconds in Kubernetes, 10 in Docker, unless they were told otherwise.
  ///   - clock: What timeouts and the lifetime are measured with.
  ///   - logger: Where it logs; `tadween.workflow` names it there.
  ///   - observation: Where its metrics and traces go; `.none` by default.
  public init(
    name: String, broker: some Broker = .inMemory, resources: Resources = [:], repositories: [any Repository] = [],
    caches: [any RunScopedCache] = [],
    maxRunsInFlight: Int? = nil, runTimeout: Duration? = nil, onFailure: FailureMode = .finishRun,
    lifetime: Duration? = nil, shutdownTimeout: Duration = .seconds(30),
    clock: any Clock<Duration> = ContinuousClock(), logger: Logger = Logger(label: "tadween"),
    observation: WorkflowObservation = .none
  ) {
    identity = WorkflowIdentity(name)
    self.broker = broker
    world = Surroundings.world
    self.clock = world?.time ?? clock
    self.lifetime = lifetime
    stock = resources
    stores = StageStores(repositories: repositories, caches: caches)
    self.maxRunsInFlight = maxRunsInFlight
    self.shutdownTimeout = shutdownTimeout
    self.runTimeout = runTimeout
    self.observation = observation
    var logger = logger
    logger[metadataKey: "tadween.workflow"] = "\(name)"
    self.logger = logger
    var draft = WorkflowDraft()
    draft.graph.cancelsRunOnFailure = onFailure == .cancelRun
    phase = Locked(.draft(draft))
  }

  /// A workflow of one stage, for a stage that is used alone.
  init(name: String, broker: InMemoryBroker, draft blueprint: StageBlueprint) {
    identity = WorkflowIdentity(name)
    self.broker = broker
    world = Surroundings.world
    clock = world?.time ?? ContinuousClock()
    lifetime = nil
    stock = [:]
    stores = StageStores()
    maxRunsInFlight = nil
    shutdownTimeout = .seconds(30)
    runTimeout = nil
    observation = .none
    logger = Logger(label: "tadween")
    var draft = WorkflowDraft()
    draft.add(blueprint)
    phase = Locked(.draft(draft))
  }

  deinit {
    guard case .open(let engine, _) = phase.withLock({ $0 }), engine.isWorking else { return }
    logger.warning("a workflow was let go without close(timeout:); its workers end now")
    engine.stop(
      TadweenError(
        .brokerClosed, "Workflow \"\(name)\" was let go without close(timeout:) before the run was complete."))
  }

  /// What a failure does to the rest of its run.
  public enum FailureMode: Sendable {
    /// Branches that do not depend on it go on.
    case finishRun
    /// The run is cancelled, and has failed.
    case cancelRun
  }

  /// Changes the draft; refused once the workflow is built. References of another workflow are kept for ``build()`` to
  /// report, together with everything else.
  func change(_ what: String, mentioning stages: [StageMention] = [], _ body: (inout WorkflowDraft) -> Void) throws {
    let refusal = phase.withLock { phase -> TadweenError? in
      switch phase {
      case .draft(var draft):
        draft.strangers.formUnion(stages.filter { !$0.isOf(identity) })
        body(&draft)
        phase = .draft(draft)
        return nil
      case .building, .open:
        return TadweenError(
          .wrongPhase, "Cannot \(what): workflow \"\(name)\" is built already. Add stages and links before build().")
      case .closed(let error): return error
      }
    }
    if let refusal { throw refusal }
  }

  /// The draft, as it is now; for pictures.
  var draft: WorkflowDraft {
    get throws {
      try phase.withLock { phase in
        switch phase {
        case .draft(let draft), .building(let draft, _), .open(_, let draft): return draft
        case .closed(let error): throw error
        }
      }
    }
  }

  var engine: Engine {
    get throws {
      try phase.withLock { phase in
        switch phase {
        case .open(let engine, _): return engine
        case .draft, .building:
          throw TadweenError(.wrongPhase, "Workflow \"\(name)\" is not built yet: call build() first.")
        case .closed(let error): throw error
        }
      }
    }
  }

  /// Checks the graph, opens the broker, warms the handlers up, and starts to work. A second call does nothing.
  ///
  /// - Throws: ``TadweenError`` with the code `invalidGraph` and everything that is wrong with the graph, in the names of
  ///   its stages; `warmUpFailed` with the stage and what its handler threw, after the handlers that were warm have been
  ///   shut down; `cannotStart` or `queueClosed` with the stage whose task queue does not start; what the broker throws;
  ///   `CancellationError` when the caller is cancelled, which cancels the build once nobody else waits for it.
  ///   The workflow can be mended and built again after that.
  public func build() async throws {
    while true {
      let (draft, building) = try phase.withLock { phase -> (WorkflowDraft?, Building?) in
        switch phase {
        case .draft(let draft):
          let building = Building()
          phase = .building(draft, building)
          return (draft, building)
        case .building(_, let building): return (nil, building)
        case .open: return (nil, nil)
        case .closed(let error): throw error
        }
      }
      guard let building else { return }
      if let draft { building.start(on: world?.executor) { await self.build(draft, building) } }
      if let result = try await building.wait() { return try result.get() }
    }
  }

  private func build(_ draft: WorkflowDraft, _ building: Building) async {
    do {
      let engine = try await makeEngine(draft)
      let closing = phase.withLock { phase -> TadweenError? in
        if case .closed(let error) = phase { return error }
        phase = .open(engine, draft)
        return nil
      }
      if let closing {
        // Closed while it was built: it never opens, and what was warmed up is shut down.
        engine.stop(closing)
        await engine.run(lifetime: nil)
        throw closing
      }
      // Its own task, for a script has no structure around it that lives as long as the workflow does.
      Task.detached(executorPreference: world?.executor) { [lifetime] in await engine.run(lifetime: lifetime) }
      building.finish(.success(()))
    } catch {
      phase.withLock { phase in if case .building = phase { phase = .draft(draft) } }
      building.finish(.failure(error))
    }
  }

  private func makeEngine(_ draft: WorkflowDraft) async throws -> Engine {
    let graph: WorkflowGraph
    do {
      graph = try draft.check(
        encoding: broker.payloadEncoding, resources: stock, stores: stores, maxRunsInFlight: maxRunsInFlight,
        runTimeout: runTimeout,
        lifetime: lifetime)
    } catch {
      throw TadweenError(.invalidGraph, "Workflow \"\(name)\" cannot be built:\n\(error)", underlying: error)
    }
    let works = draft.works(graph, encoding: broker.payloadEncoding, in: world)
    let time = Timekeeper(clock)
    let staffing = Staffing(
      graph, works, time: time, shared: state, stores: stores, resources: stock, logger: logger, world: world,
      workflow: name,
      observation: observation)
    try await StageLifecycle.warmUp(staffing.stages)
    let engine = Engine(
      identity: identity, graph: graph, broker: broker, time: time, logger: logger,
      maxRunsInFlight: maxRunsInFlight, runTimeout: runTimeout, staffing: staffing)
    let recovery: Recovery
    do {
      recovery = try await broker.open(graph, observer: engine)
    } catch {
      for stage in staffing.stages { await StageLifecycle.shutDown(stage) }
      throw error
    }
    engine.observe(state)
    engine.resume(recovery)
    return engine
  }

  /// Takes no more runs, lets the unfinished ones finish, shuts the handlers down. A second call returns at once.
  ///
  /// Handlers that still run when the timeout is near, with a tenth of it left and a second at most, are told to stop, by
  /// cancelling their tasks. What they finish counts all the same. Where one throws, its work goes back to the broker: the
  /// attempt does not count, its policy is told of no failure, and a durable broker delivers it to the next process. A timeout
  /// of nought leaves no time for that: to the next process, what ran has crashed.
  ///
  /// - Parameter timeout: How long unfinished runs may take, in all; 30 seconds by default.
  /// - Throws: ``TadweenError`` with the code `timedOut`, naming the stages and numbers of what did not finish;
  ///   `CancellationError` when the caller's task is cancelled, which cuts the waiting short: what runs is told to stop at
  ///   once, and has a tenth of the timeout, a second at most, to do so.
  ///   Everything is stopped then all the same, and whoever waits for a run is told. A handler that does not return keeps
  ///   its thread, but not this call. A handler that calls this waits for itself, until the timeout.
  public func close(timeout: Duration = .seconds(30)) async throws {
    let before = phase.withLock { phase in
      defer {
        if case .closed = phase {
        } else {
          phase = .closed(TadweenError(.brokerClosed, "Workflow \"\(name)\" is closed."))
        }
      }
      return phase
    }
    switch before {
    case .open(let engine, _): try await engine.close(timeout: timeout)
    case .building(_, let building):
      // It finds out, and shuts down what it has warmed up.
      switch await clock.wait(atMost: timeout, for: { _ = try await building.isOver.wait() }) {
      case .isOver: break
      case .wasCancelled: throw CancellationError()
      case .timedOut:
        throw TadweenError(
          .timedOut, "Workflow \"\(name)\" is closed, but was not built within \(timeout): a handler still warms up.")
      }
    case .draft, .closed: break
    }
  }
}

extension Workflow: Service {
  /// Builds, works until graceful shutdown, drains for as long as the workflow's `shutdownTimeout` says, and closes. Returns
  /// too once the workflow is closed in another way, by its lifetime or by ``close(timeout:)``.
  ///
  /// - Throws: What ``build()`` and ``close(timeout:)`` throw: `timedOut`, naming what is left, where the drain did not end.
  public func run() async throws {
    try await build()
    let hasEnded = try engine.hasEnded
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await gracefulShutdown() }
      group.addTask { try? await hasEnded.wait() }
      await group.next()
      group.cancelAll()
    }
    try await close(timeout: shutdownTimeout)
  }
}
