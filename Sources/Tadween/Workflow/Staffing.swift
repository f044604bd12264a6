internal import Logging
internal import TadweenCore

/// The stages of an engine and the crews that serve them: one crew for all queues that run wherever their caller does, and
/// one for each set of executors, however many stages share it.
struct Staffing {
  let world: (any World)?
  let stages: [StageRuntime]
  let crews: [Crew]
  let events = EventHub()
  let misses = MemoMisses()
  /// The stages' caches, each once.
  let caches: [any RunScopedCache]
  let errands: AsyncStream<Errand>
  let dispatch: AsyncStream<Errand>.Continuation
  /// nil: nothing is traced.
  let tracing: WorkflowTracing?
  /// nil where nothing is demanded.
  let desk: ResourceDesk?

  init(
    _ graph: WorkflowGraph, _ works: [(work: any StageWork, options: StageOptions)], time: Timekeeper,
    shared: SharedState, stores: StageStores, resources: Resources, logger: Logger, world: (any World)?,
    workflow: String,
    observation: WorkflowObservation
  ) {
    self.world = world
    tracing = observation.tracer.map { WorkflowTracing($0, workflow: workflow, graph: graph) }
    (errands, dispatch) = AsyncStream.makeStream()
    // The crews' way to it ends with the stream, also where no engine comes of this and nobody reads it: what waits there
    // holds on to its crew, and would for ever.
    let way = Locked<AsyncStream<Errand>.Continuation?>(dispatch)
    dispatch.onTermination = { _ in _ = way.withLock { $0.take() } }
    let send: @Sendable (Errand) -> Void = { errand in way.withLock { $0 }?.yield(errand) }
    let demands = works.contains { !$0.options.demands.isEmpty }
    desk = demands ? ResourceDesk(resources, time: time) : nil
    let common = Crew(queue: nil, dispatch: send)
    var bound: [[ObjectIdentifier]: Crew] = [:]
    var crews = [common]
    var stages: [StageRuntime] = []
    for (index, (work, options)) in works.enumerated() {
      let queue = options.taskQueue
      let executors = (0..<queue.workers).compactMap { queue.executor(ofWorker: $0).map { ObjectIdentifier($0) } }
      var crew = common
      if executors.isEmpty {
        common.enlarge(by: queue.workers)
      } else {
        crew = bound[executors] ?? Crew(queue: queue, dispatch: send)
        if bound.updateValue(crew, forKey: executors) == nil {
          crew.enlarge(by: queue.workers)
          crews.append(crew)
        }
      }
      stages.append(
        StageRuntime(
          StageID(index), in: graph, work: work, options: options, crew: crew, events: events, time: time,
          shared: shared, stores: stores, misses: misses, desk: desk, dispatch: send, logger: logger, world: world,
          metrics: observation.metrics.map { StageMetrics(workflow: workflow, stage: graph[StageID(index)].name, $0) },
          isTraced: observation.tracer != nil))
    }
    desk?.open(for: stages.filter { $0.desk != nil })
    self.stages = stages
    let caches = stages.flatMap(\.stores.allCaches).map { (ObjectIdentifier($0), $0) }
    self.caches = Array(Dictionary(caches) { first, _ in first }.values)
    self.crews = crews
  }
}
