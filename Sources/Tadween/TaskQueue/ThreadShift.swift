internal import DequeModule
internal import TadweenCore

/// One thread from its start to its end, and the jobs that wait for it, which it runs in the order in which they came.
///
/// An executor that starts again begins another, so that a thread that is late to end, or stuck, never meets its
/// successor's jobs.
final class ThreadShift: Sendable {
  private enum Phase { case working, draining, ended }

  private struct Inbox {
    var phase = Phase.working
    var jobs = Deque<UnownedJob>()
    var isAsleep = false
    var closers: [CheckedContinuation<Void, Never>] = []
  }

  private let inbox = Monitor(Inbox())
  /// Until it is joined or detached.
  private let thread = Locked<DedicatedThread?>(nil)

  // The thread holds on to it until it ends, so what is left is one that nobody waited for.
  deinit { thread.withLock { $0 }?.detach() }

  /// False where it takes no more; the job is then still the caller's.
  ///
  /// One job at a time is taken, not the whole list: it measured the same, and what waits behind a job that never
  /// returns stays where `abandon` can reach it.
  func enqueue(_ job: UnownedJob) -> Bool {
    enum Step { case wake, nothing, refuse }
    let step = inbox.withLock { inbox -> Step in
      guard inbox.phase == .working else { return .refuse }
      inbox.jobs.append(job)
      defer { inbox.isAsleep = false }
      return inbox.isAsleep ? .wake : .nothing
    }
    if step == .wake { inbox.wakeOne() }
    return step != .refuse
  }

  /// Called once.
  func start(for executor: ThreadExecutor) throws(TadweenError) {
    let made = try DedicatedThread.start { self.work(for: executor) }
    thread.withLock { $0 = made }
  }

  /// Takes no more jobs; the thread ends when it has run those it has.
  func drain() {
    inbox.withLock { inbox in if inbox.phase == .working { inbox.phase = .draining } }
    inbox.wakeOne()
  }

  /// Returns when the thread has ended and is joined, or was abandoned. To be called after ``drain()``.
  func join() async {
    await withCheckedContinuation { continuation in
      let hasEnded = inbox.withLock { inbox in
        if inbox.phase != .ended { inbox.closers.append(continuation) }
        return inbox.phase == .ended
      }
      if hasEnded { continuation.resume() }
    }
    // The thread has nothing left to do but to return, so neither the join nor the lock blocks for longer than that.
    thread.withLock { thread in
      thread?.join()
      thread = nil
    }
  }

  /// Ends without waiting: what waits moves to the global executor, and the thread ends after the job it is at.
  func abandon() {
    // Before anyone is told that it has ended, so that none of them joins a thread that is stuck.
    thread.withLock { thread in
      thread?.detach()
      thread = nil
    }
    let (jobs, closers) = inbox.withLock { inbox in
      defer { inbox = Inbox(phase: .ended) }
      return (inbox.jobs, inbox.closers)
    }
    inbox.wakeOne()
    for job in jobs { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    for closer in closers { closer.resume() }
  }

  private func work(for executor: ThreadExecutor) {
    let preference = unsafe executor.asUnownedTaskExecutor()  // `executor` outlives the loop
    while let job = next() { unsafe job.runSynchronously(on: preference) }
    let closers = inbox.withLock { inbox in
      defer { inbox = Inbox(phase: .ended) }
      return inbox.closers
    }
    for closer in closers { closer.resume() }
  }

  private func next() -> UnownedJob? {
    inbox.wait { inbox -> UnownedJob?? in
      if let job = inbox.jobs.popFirst() { return .some(job) }
      switch inbox.phase {
      case .draining, .ended: return .some(nil)
      case .working:
        inbox.isAsleep = true
        return nil
      }
    }
  }
}
