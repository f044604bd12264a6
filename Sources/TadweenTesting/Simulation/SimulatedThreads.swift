import Tadween

/// Stands for a task queue with threads of its own: as many executors, all on the world's one thread.
final class SimulatedThreads: TaskQueue {
  private final class Thread: TaskExecutor {
    private let scheduler: Scheduler

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    func enqueue(_ job: consuming ExecutorJob) { scheduler.enqueue(UnownedJob(job), from: self) }
  }

  private let threads: [Thread]

  init(_ count: Int, on scheduler: Scheduler) { threads = (0..<count).map { _ in Thread(scheduler) } }

  var workers: Int { threads.count }
  func executor(ofWorker index: Int) -> (any TaskExecutor)? { threads[index] }
}
