internal import TadweenCore

/// The workflow's resources, shared by its stages: the pool behind a lock that is taken last of all.
final class ResourceDesk: Sendable {
  private struct State: Sendable {
    var pool: ResourcePool
    /// Those who wait for the units of a run that they redrive.
    var redrivers = TurnList()
    var isClosed = false
  }

  private let state: Locked<State>
  private let time: Timekeeper
  private let stages = Locked<[StageRuntime]>([])

  init(_ resources: Resources, time: Timekeeper) {
    state = Locked(State(pool: ResourcePool(resources)))
    self.time = time
  }

  /// Makes the stages known that demand something. Called once, before anything is asked.
  func open(for stages: [StageRuntime]) {
    state.withLock { state in
      for stage in stages {
        state.pool.add(stage.id, stage.options.demands, workers: stage.options.taskQueue.workers)
      }
    }
    self.stages.withLock { $0 = stages }
  }

  /// Lets go of the stages, which hold the desk, and of whoever waits.
  func close() {
    stages.withLock { $0 = [] }
    let waiting = state.withLock { state in
      state.isClosed = true
      return state.redrivers.takeAll()
    }
    for redriver in waiting { redriver.resume(returning: true) }
  }

  func ask(_ delivery: Delivery, at place: ResourcePool.Place, now: Duration) -> ResourcePool.Verdict {
    state.withLock { $0.pool.ask(delivery, at: place, now: now) }
  }

  func changeFreeWorkers(of stage: StageID, by change: Int) {
    state.withLock { $0.pool.changeFreeWorkers(of: stage, by: change) }
  }

  func forgetFront(of stage: StageID) { state.withLock { $0.pool.forgetFront(of: stage) } }

  func holds(_ run: RunID) -> Bool { state.withLock { $0.pool.holds(run) } }

  func giveBack(_ grant: Grant) {
    state.withLock { $0.pool.giveBack(grant) }
    call()
  }

  func complete(_ runs: [RunID]) {
    let admitted = state.withLock { state in state.redrivers.take(state.pool.complete(runs, now: time.now)) }
    for redriver in admitted { redriver.resume(returning: true) }
    call()
  }

  /// Takes the units of a complete run, as it held them, before it is redriven; suspends until there are enough, or the
  /// workflow ends.
  ///
  /// - Throws: `CancellationError` when the caller is cancelled first.
  func reserve(_ run: RunID, of stage: StageID) async throws {
    let goesOn = await state.waitForTurn(in: \.redrivers) { state, redriver in
      state.isClosed || state.pool.reserve(run, of: stage, for: redriver, now: time.now)
    } forget: { state, redriver in
      state.pool.forget(redriver)
    }
    if !goesOn { throw CancellationError() }
  }

  /// These runs held their units when their process died (rule R15).
  func recount(_ runs: some Sequence<RunID>, of stage: StageID) {
    state.withLock { state in for run in runs { state.pool.recount(run, of: stage, now: time.now) } }
  }

  /// Sends workers to the stages whose next message would not be refused now. To be called after whatever changed
  /// something, outside every stage's lock.
  func call() {
    let called = state.withLock { $0.pool.call() }
    guard !called.isEmpty else { return }
    for stage in stages.withLock({ $0 }) where called.contains(stage.id) { stage.call() }
  }

  /// How things are, at one moment.
  var stock: (units: [String: Int], free: [String: Int], holders: [ResourceHolder]) {
    state.withLock { ($0.pool.units, $0.pool.free, $0.pool.holders) }
  }
}
