internal import TadweenCore

/// The tasks that work: parked until a stage summons one, then at that stage until it has no more to do.
///
/// All stages with concurrent queues share one crew, which grows up to the number of their slots; a thread queue has a
/// crew of its own, one task a thread. A task belongs to no stage, so that it can carry a message on to the next one.
final class Crew: Sendable {
  private struct State: Sendable {
    var parked: [(thread: Int?, continuation: CheckedContinuation<StageRuntime?, Never>)] = []
    var backlog = Fifo<StageRuntime>()
    /// Tasks that exist or were asked for.
    var size = 0
    var limit = 0
    var isClosed = false
  }

  private let state = Locked(State())
  /// The dedicated threads; nil: tasks run wherever the engine does.
  let queue: (any TaskQueue)?
  private let dispatch: @Sendable (Errand) -> Void

  init(queue: (any TaskQueue)?, dispatch: @escaping @Sendable (Errand) -> Void) {
    self.queue = queue
    self.dispatch = dispatch
  }

  /// Asks for one more task, bound to a thread or to none.
  private func recruit(thread: Int?) {
    dispatch(
      Errand(executor: thread.flatMap { queue?.executor(ofWorker: $0) }) { engine in
        await Worker(engine: engine, crew: self, thread: thread).run()
      })
  }

  /// Allows this many more tasks. Dedicated threads get theirs at once.
  func enlarge(by count: Int) {
    let threads = state.withLock { state -> Range<Int> in
      state.limit += count
      guard queue != nil else { return 0..<0 }
      defer { state.size = state.limit }
      return state.size..<state.limit
    }
    for thread in threads { recruit(thread: thread) }
  }

  /// Sends tasks to a stage: parked ones, else new ones, else the next that are free.
  func summon(to stage: StageRuntime, _ count: Int) {
    for _ in 0..<count {
      let (parked, isNew) = state.withLock { state -> (CheckedContinuation<StageRuntime?, Never>?, Bool) in
        if let (_, continuation) = state.parked.popLast() { return (continuation, false) }
        state.backlog.append(stage)
        guard queue == nil, state.size < state.limit, !state.isClosed else { return (nil, false) }
        state.size += 1
        return (nil, true)
      }
      parked?.resume(returning: stage)
      if isNew { recruit(thread: nil) }
    }
  }

  /// The stage that wants this task next; nil when the crew is dismissed.
  func next(thread: Int?) async -> StageRuntime? {
    await withCheckedContinuation { continuation in
      let (stage, isDue) = state.withLock { state -> (StageRuntime?, Bool) in
        if let stage = state.backlog.popFirst() { return (stage, true) }
        if state.isClosed { return (nil, true) }
        state.parked.append((thread, continuation))
        return (nil, false)
      }
      if isDue { continuation.resume(returning: stage) }
    }
  }

  /// A task ends though it is wanted: it was cancelled together with a handler. Another takes its place.
  func replace(thread: Int?) {
    let isWanted = state.withLock { state in
      if state.isClosed { return false }
      if queue != nil || !state.backlog.isEmpty { return true }
      state.size -= 1
      return false
    }
    if isWanted { recruit(thread: thread) }
  }

  func dismiss() {
    let parked = state.withLock { state in
      state.isClosed = true
      defer { state.parked = [] }
      return state.parked
    }
    for (_, continuation) in parked { continuation.resume(returning: nil) }
  }
}
