internal import TadweenCore

/// The workflow's resources, shared by its stages: the pool behind a lock that is taken last of all.
final class ResourceDesk: Sendable {
  private let pool: Locked<ResourcePool>
  /// Redrives that wait for units of their runs, by number; nil: granted, before anybody waited.
  private let redrives = Locked<[UInt64: CheckedContinuation<Bool, Never>?]>([:])
  private let time: Timekeeper
  private let stages = Locked<[StageRuntime]>([])

  init(_ resources: Resources, time: Timekeeper) {
    pool = Locked(ResourcePool(resources))
    self.time = time
  }

  /// Makes the stages known that demand something. Called once, before anything is asked.
  func open(for stages: [StageRuntime]) {
    pool.withLock { pool in
      for stage in stages { pool.add(stage.id, stage.options.demands, workers: stage.options.taskQueue.workers) }
    }
    self.stages.withLock { $0 = stages }
  }

  /// Lets go of the stages, which hold the desk, and of whoever waits.
  func close() {
    stages.withLock { $0 = [] }
    let waiting = redrives.withLock { redrives in
      defer { redrives = [:] }
      return redrives.values.compactMap(\.self)
    }
    for continuation in waiting { continuation.resume(returning: false) }
  }

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
    admitRedrives()
    call()
  }

  /// These runs held their units when their process died (rule R15).
  func recount(_ runs: some Sequence<RunID>, of stage: StageID) {
    pool.withLock { pool in for run in runs { pool.recount(run, of: stage, now: time.now) } }
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

/// The units of runs that are redriven.
extension ResourceDesk {
  /// Takes the units of a complete run, as it held them, before it is redriven; suspends until there are enough.
  ///
  /// - Throws: `CancellationError` when the caller is cancelled first, or the workflow ends.
  func reserve(_ run: RunID, of stage: StageID) async throws {
    guard let number = pool.withLock({ $0.reserve(run, of: stage, now: time.now) }) else { return }
    let isGranted = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDue = redrives.withLock { redrives in
          if redrives.removeValue(forKey: number) != nil { return true }
          redrives[number] = continuation
          return false
        }
        if isDue { continuation.resume(returning: true) } else if Task.isCancelled { giveUp(number) }
      }
    } onCancel: {
      giveUp(number)
    }
    if !isGranted { throw CancellationError() }
  }

  private func giveUp(_ number: UInt64) {
    // Nobody waits: it was granted, or nobody has waited yet, and will find out.
    guard let waiting = redrives.withLock({ $0.removeValue(forKey: number) }), let waiting else { return }
    pool.withLock { $0.withdraw(number) }
    waiting.resume(returning: false)
    admitRedrives()
    call()
  }

  private func admitRedrives() {
    let admitted = pool.withLock { $0.admit(now: time.now) }
    for number in admitted {
      let waiting = redrives.withLock { redrives -> CheckedContinuation<Bool, Never>? in
        if let waiting = redrives.removeValue(forKey: number) { return waiting }
        redrives[number] = .some(nil)
        return nil
      }
      waiting?.resume(returning: true)
    }
  }
}
