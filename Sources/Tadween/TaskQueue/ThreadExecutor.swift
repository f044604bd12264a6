internal import DequeModule
internal import TadweenCore

/// One thread and the jobs that wait for it.
///
/// A job is never lost. While the thread works, jobs are run by it in the order in which they came. Before it starts
/// and once it is told to end, a job goes to the global executor: a task prefers this executor, and holds on to it
/// at each suspension, so one that outlives the thread would otherwise never go on.
final class ThreadExecutor: TaskExecutor {
  private enum Phase { case notStarted, working, draining, ended }

  private struct Inbox {
    var phase = Phase.notStarted
    var jobs = Deque<UnownedJob>()
    var isAsleep = false
    var closers: [CheckedContinuation<Void, Never>] = []
  }

  private let inbox = Monitor(Inbox())
  /// Until it is joined or detached.
  private let thread = Locked<DedicatedThread?>(nil)

  // One job at a time is taken, not the whole list: it measured the same, and what waits behind a job that never
  // returns stays where `abandon` can reach it.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    enum Step { case wake, nothing, elsewhere }
    let step = inbox.withLock { inbox -> Step in
      guard inbox.phase == .working else { return .elsewhere }
      inbox.jobs.append(job)
      defer { inbox.isAsleep = false }
      return inbox.isAsleep ? .wake : .nothing
    }
    switch step {
    case .wake: inbox.wakeOne()
    case .nothing: break
    case .elsewhere: globalConcurrentExecutor.enqueue(ExecutorJob(job))
    }
  }

  /// Called once.
  func start() throws(TadweenError) {
    // The thread keeps the executor alive until it ends.
    let made = try DedicatedThread.start { self.work() }
    thread.withLock { $0 = made }
    inbox.withLock { $0.phase = .working }
  }

  /// Takes no more jobs; the thread ends when it has run those it has.
  func drain() {
    inbox.withLock { inbox in
      switch inbox.phase {
      case .notStarted: inbox.phase = .ended
      case .working: inbox.phase = .draining
      case .draining, .ended: break
      }
    }
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

  private func work() {
    let executor = unsafe asUnownedTaskExecutor()  // `self` outlives the loop
    while let job = next() { unsafe job.runSynchronously(on: executor) }
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
      case .notStarted, .working:
        inbox.isAsleep = true
        return nil
      }
    }
  }
}
