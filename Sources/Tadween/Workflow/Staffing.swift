internal import Logging
internal import TadweenCore

/// The stages of an engine and the crews that serve them: one crew for all concurrent queues, and one for each thread
/// queue, however many stages share it.
struct Staffing {
  let stages: [StageRuntime]
  let crews: [Crew]
  let events = EventHub()
  let errands: AsyncStream<Errand>
  let dispatch: AsyncStream<Errand>.Continuation

  init(_ graph: WorkflowGraph, _ works: [(work: any StageWork, options: StageOptions)], logger: Logger) throws {
    (errands, dispatch) = AsyncStream.makeStream()
    // The crews' way to it ends with the stream, also where no engine comes of this and nobody reads it: what waits there
    // holds on to its crew, and would for ever.
    let way = Locked<AsyncStream<Errand>.Continuation?>(dispatch)
    dispatch.onTermination = { _ in _ = way.withLock { $0.take() } }
    let send: @Sendable (Errand) -> Void = { errand in way.withLock { $0 }?.yield(errand) }
    let common = Crew(queue: nil, dispatch: send)
    var threaded: [ObjectIdentifier: Crew] = [:]
    var stages: [StageRuntime] = []
    for (index, (work, options)) in works.enumerated() {
      let queue = options.taskQueue
      var crew = common
      if let pool = queue.pool {
        crew = threaded[pool] ?? Crew(queue: queue, dispatch: send)
        if threaded.updateValue(crew, forKey: pool) == nil { crew.enlarge(by: queue.workers) }
      } else {
        common.enlarge(by: queue.workers)
      }
      stages.append(
        StageRuntime(
          StageID(index), in: graph, work: work, options: options, crew: crew, events: events, logger: logger))
    }
    self.stages = stages
    crews = [common] + threaded.values
  }
}
