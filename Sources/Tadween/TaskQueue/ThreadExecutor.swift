internal import TadweenCore

/// A worker's executor: the jobs go to the thread that the worker has now, if it has one.
///
/// A job is never lost. Before there is a thread and once it is told to end, a job goes to the global executor: a task
/// prefers this executor, and holds on to it at each suspension, so one that outlives the thread would otherwise never
/// go on.
final class ThreadExecutor: TaskExecutor {
  /// The one that was started last.
  private let shift = Locked<ThreadShift?>(nil)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if shift.withLock({ $0 })?.enqueue(job) != true { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
  }

  /// Starts a thread. The one before, where there was one, was told to end.
  func start() throws(TadweenError) {
    let next = ThreadShift()
    // The thread keeps the executor alive until it ends.
    try next.start(for: self)
    shift.withLock { $0 = next }
  }

  /// Takes no more jobs; the thread, if there is one, ends when it has run those it has. It is to be joined.
  func drain() -> ThreadShift? {
    let shift = shift.withLock { $0 }
    shift?.drain()
    return shift
  }

  /// Ends without waiting: what waits moves to the global executor, and the thread ends after the job it is at.
  func abandon() { shift.withLock { $0 }?.abandon() }
}
