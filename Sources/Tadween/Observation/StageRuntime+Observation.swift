internal import Synchronization
internal import TadweenCore

/// What a stage notes down of itself, for snapshots and metrics.
extension StageRuntime {
  /// Messages are about to come to the stage's queue.
  func stamp(_ deliveries: ArraySlice<Delivery>) {
    let now = time.nanoseconds
    for delivery in deliveries { delivery.arrival.store(now, ordering: .relaxed) }
  }

  /// Tells the metrics of messages that have come, and of what that did to the queue.
  func showArrival(_ deliveries: ArraySlice<Delivery>) {
    guard let metrics else { return }
    metrics.count(.received(deliveries))
    showLoad()
  }

  /// Attempts have ended, and are about to be committed. Counted before anybody hears of their runs' completion.
  func count(_ ends: StageTally) { state.withLock { $0.tally += ends } }

  /// The broker has seen them: it may have refused some.
  func count(_ ends: StageTally, as recorded: StageTally) {
    if recorded != ends {
      state.withLock { state in
        state.tally -= ends
        state.tally += recorded
      }
    }
    metrics?.count(recorded)
  }

  /// Messages were dropped: their runs were cancelled while they waited.
  func countDropped(_ count: Int = 1) {
    let dropped = StageTally(cancelled: count)
    self.count(dropped)
    metrics?.count(dropped)
  }

  /// A worker has its next message, or none: what it had before has run until now.
  func measureRun(in slot: Slot, until now: Int64) {
    let start = slot.began.load(ordering: .relaxed)
    if start == .min { return }
    slot.began.store(.min, ordering: .relaxed)
    metrics?.ran(now - start)
  }

  /// An attempt begins.
  func measureWait(of delivery: Delivery, in slot: Slot, until now: Int64) {
    slot.began.store(now, ordering: .relaxed)
    measureWait(of: delivery, until: now)
  }

  /// Messages have been run together.
  func measure(_ batch: [Delivery], begunAt start: Duration) {
    guard let metrics else { return }
    let time = (time.now - start).nanoseconds
    for delivery in batch {
      measureWait(of: delivery, until: start.nanoseconds)
      metrics.ran(time)
    }
  }

  private func measureWait(of delivery: Delivery, until now: Int64) {
    // The pause before an attempt that is made again is none of its stage's doing.
    let due = delivery.arrival.load(ordering: .relaxed) + max(delivery.history?.delay.nanoseconds ?? 0, 0)
    metrics?.waited(max(0, now - due))
  }

  /// Tells the metrics how far queue and workers have changed since they were last told.
  func showLoad() {
    guard let metrics else { return }
    let (depth, inFlight) = state.withLock { state in
      let (waiting, busy) = (state.queue.waiting, state.queue.busy)
      defer { state.shown = (waiting, busy) }
      return (waiting - state.shown.waiting, busy - state.shown.busy)
    }
    metrics.change(depth: depth, inFlight: inFlight)
  }

  var snapshot: WorkflowSnapshot.Stage {
    state.withLock { state in
      let overrun = state.unreturned.values.count { $0.next != nil }
      let waiting = state.queue.waiting + overrun
      return WorkflowSnapshot.Stage(
        name: name, isMapped: !graph[id].scope.isEmpty, waiting: waiting,
        delayed: state.queue.delayedRetries + overrun, running: state.queue.busy,
        workers: state.queue.workers, bound: state.queue.bound, waitingPublishers: state.publishers.count,
        oldestWaitingSince: state.queue.oldest.map { .nanoseconds($0.arrival.load(ordering: .relaxed)) },
        received: state.tally.received, succeeded: state.tally.succeeded, failed: state.tally.failed,
        retried: state.tally.retried, notTaken: state.tally.notTaken, cancelled: state.tally.cancelled)
    }
  }
}

extension StageTally {
  init(cancelled: Int) {
    self.init()
    self.cancelled = cancelled
  }

  /// What comes for the first time.
  static func received(_ deliveries: ArraySlice<Delivery>) -> StageTally {
    var tally = StageTally()
    tally.received = deliveries.count { $0.history == nil }
    return tally
  }
}
