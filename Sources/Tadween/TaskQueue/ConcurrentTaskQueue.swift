/// Up to n runs at once, as tasks on the executor of whoever runs them: usually Swift's cooperative pool.
///
/// For handlers that suspend while they wait: network, databases, other processes. n may be far larger than the
/// number of cores. A handler that blocks or computes for long takes a thread of the pool from everything else in
/// the process; give it ``ThreadTaskQueue`` instead.
///
/// Cost: nothing of its own; no thread, no lock.
public struct ConcurrentTaskQueue: TaskQueue {
  public let workers: Int

  /// - Parameter workers: how many runs at once; at least 1, otherwise the program stops.
  public init(workers: Int) {
    precondition(workers >= 1, "a task queue needs at least one worker, not \(workers)")
    self.workers = workers
  }
}

extension TaskQueue where Self == ConcurrentTaskQueue {
  /// Up to `workers` runs at once on the cooperative pool; see ``ConcurrentTaskQueue``.
  public static func concurrent(_ workers: Int) -> ConcurrentTaskQueue { ConcurrentTaskQueue(workers: workers) }
}
