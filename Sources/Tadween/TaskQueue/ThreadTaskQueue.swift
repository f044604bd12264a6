public import TadweenCore

/// n threads of its own, one for each worker, for code that blocks or computes.
///
/// Such code would otherwise take a thread from Swift's cooperative pool, which has one for each core, and so stop
/// whatever else the process does: other stages, timers, the engine itself. A worker keeps its thread for as long as
/// the queue lives, so libraries that want to be called from one thread only are served too.
///
/// Child tasks of a run, `async let` included, use its thread as well: while the run blocks they wait. After
/// ``close()`` or ``abandon()`` a task that is still at work goes on in the cooperative pool at its next suspension.
///
/// Several stages may use one queue; they then share its threads. A queue that is let go without ``close()``
/// abandons its threads.
///
/// Cost: a thread each (8 MiB of address space, some 10 KiB of memory), started by ``start()`` and not before; a
/// wake-up of a sleeping thread, 5–20 µs, where a run finds its worker idle.
public final class ThreadTaskQueue: TaskQueue {
  private enum Phase { case notStarted, working, closed }

  private let executors: [ThreadExecutor]
  private let phase = Locked(Phase.notStarted)

  /// - Parameter workers: how many threads; at least 1, otherwise the program stops.
  public init(workers: Int) {
    precondition(workers >= 1, "a task queue needs at least one worker, not \(workers)")
    executors = (0..<workers).map { _ in ThreadExecutor() }
  }

  deinit { abandon() }

  public var workers: Int { executors.count }
  public var pool: ObjectIdentifier? { ObjectIdentifier(self) }
  public func executor(ofWorker index: Int) -> (any TaskExecutor)? { executors[index] }

  /// Starts the threads. A second call does nothing.
  ///
  /// - Throws: ``TadweenError``: `cannotStart` if the system has no more threads to give, in which case the queue is
  ///   closed; `queueClosed` after ``close()`` or ``abandon()``.
  public func start() throws(TadweenError) {
    try phase.withLock { (phase) throws(TadweenError) in
      switch phase {
      case .working: return
      case .closed: throw TadweenError(.queueClosed, "The task queue is closed; its threads do not start again.")
      case .notStarted: break
      }
      phase = .closed
      do throws(TadweenError) {
        for executor in executors { try executor.start() }
      } catch {
        for executor in executors { executor.abandon() }
        throw error
      }
      phase = .working
    }
  }

  public func close() async {
    phase.withLock { $0 = .closed }
    for executor in executors { executor.drain() }
    for executor in executors { await executor.join() }
  }

  public func abandon() {
    phase.withLock { $0 = .closed }
    for executor in executors { executor.abandon() }
  }
}

extension TaskQueue where Self == ThreadTaskQueue {
  /// `workers` threads of its own, for code that blocks or computes; see ``ThreadTaskQueue``.
  public static func threads(_ workers: Int) -> ThreadTaskQueue { ThreadTaskQueue(workers: workers) }
}
