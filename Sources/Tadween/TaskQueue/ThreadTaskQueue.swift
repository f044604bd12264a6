public import TadweenCore

/// n threads of its own, one for each worker, for code that blocks or computes.
///
/// Such code would otherwise take a thread from Swift's cooperative pool, which has one for each core, and so stop
/// whatever else the process does: other stages, timers, the engine itself. A worker keeps its thread for as long as
/// the queue lives, so libraries that want to be called from one thread only are served too.
///
/// Child tasks of a run, `async let` included, use its thread as well: while the run blocks they wait. After the last
/// ``close()`` or ``abandon()`` a task that is still at work goes on in the cooperative pool at its next suspension.
///
/// Several stages, workflows and runners may use one queue, at the same time or one after the other; they share its
/// threads, which live from the first user's ``start()`` to the last one's ``close()``. A queue that is let go abandons
/// its threads.
///
/// Cost: a thread each (8 MiB of address space, some 10 KiB of memory), started by ``start()`` and not before; a
/// wake-up of a sleeping thread, 5–20 µs, where a run finds its worker idle.
public final class ThreadTaskQueue: TaskQueue {
  private struct State {
    var users = 0
    var isAbandoned = false
  }

  private let executors: [ThreadExecutor]
  private let state = Locked(State())

  /// - Parameter workers: how many threads; at least 1, otherwise the program stops.
  public init(workers: Int) {
    precondition(workers >= 1, "a task queue needs at least one worker, not \(workers)")
    executors = (0..<workers).map { _ in ThreadExecutor() }
  }

  deinit { abandon() }

  public var workers: Int { executors.count }
  public func executor(ofWorker index: Int) -> (any TaskExecutor)? { executors[index] }

  /// Counts one more user. The first starts the threads, also where there were users before and all have gone.
  ///
  /// - Throws: ``TadweenError``: `cannotStart` if the system has no more threads to give, which may be tried again;
  ///   `queueClosed` after ``abandon()``.
  public func start() throws(TadweenError) {
    try state.withLock { (state) throws(TadweenError) in
      if state.isAbandoned {
        throw TadweenError(.queueClosed, "The task queue was abandoned; its threads do not start again.")
      }
      if state.users == 0 {
        do throws(TadweenError) {
          for executor in executors { try executor.start() }
        } catch {
          for executor in executors { _ = executor.drain() }
          throw error
        }
      }
      state.users += 1
    }
  }

  public func close() async {
    // Under the lock, so that whoever starts the queue meanwhile finds all of its threads or none.
    let ending = state.withLock { state -> [ThreadShift] in
      state.users = max(0, state.users - 1)
      return state.users == 0 ? executors.compactMap { $0.drain() } : []
    }
    for shift in ending { await shift.join() }
  }

  public func abandon() {
    state.withLock { $0 = State(isAbandoned: true) }
    for executor in executors { executor.abandon() }
  }
}

extension TaskQueue where Self == ThreadTaskQueue {
  /// `workers` threads of its own, for code that blocks or computes; see ``ThreadTaskQueue``.
  public static func threads(_ workers: Int) -> ThreadTaskQueue { ThreadTaskQueue(workers: workers) }
}
