internal import TadweenCore

/// The workflow's resources, shared by its stages: the pool behind a lock that is taken last of all.
final class ResourceDesk: Sendable {
  private let pool: Locked<ResourcePool>
  private let stages = Locked<[StageRuntime]>([])

  init(_ resources: Resources) { pool = Locked(ResourcePool(resources)) }

  /// Makes the stages known that demand something. Called once, before anything is asked.
  func open(for stages: [StageRuntime]) {
    pool.withLock { pool in
      for stage in stages { pool.add(stage.id, stage.options.demands, workers: stage.options.taskQueue.workers) }
    }
    self.stages.withLock { $0 = stages }
  }

  /// Lets go of the stages, which hold the desk.
  func close() { stages.withLock { $0 = [] } }

  func ask(_ delivery: Delivery, at place: ResourcePool.Place, now: Duration) -> ResourcePool.Verdict {
    pool.withLock { $0.ask(delivery, at: place, now: now) }
  }

  func changeFreeWorkers(of stage: StageID, by change: Int) {
    pool.withLock { $0.changeFreeWorkers(of: stage, by: change) }
  }

  func forgetFront(of stage: StageID) { pool.withLock { $0.forgetFront(of: stage) } }

  func holds(_ run: RunID) -> Bool { pool.withLock { $0.holds(run) } }

  func giveBack(_ grant: Grant) {
    pool.withLock { $0.giveBack(grant) }
    call()
  }

  func complete(_ runs: [RunID]) {
    pool.withLock { pool in for run in runs { pool.complete(run) } }
    call()
  }

  /// Sends workers to the stages whose next message would not be refused now. To be called after whatever changed
  /// something, outside every stage's lock.
  func call() {
    let called = pool.withLock { $0.call() }
    guard !called.isEmpty else { return }
    for stage in stages.withLock({ $0 }) where called.contains(stage.id) { stage.call() }
  }

  /// How things are, at one moment.
  var stock: (units: [String: Int], free: [String: Int], holders: [ResourceHolder]) {
    pool.withLock { ($0.units, $0.free, $0.holders) }
  }
}
