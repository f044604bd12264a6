internal import TadweenCore

/// What a runner's tasks and workers share. It outlives the runner while they do, and keeps no reference to it.
final class TaskRunnerCore: Sendable {
  let queue: any TaskQueue
  let clock: any Clock<Duration>
  /// The time since the runner was made.
  let elapsed: @Sendable () -> Duration
  let roster = Locked(TaskRoster())

  init<C: Clock>(queue: any TaskQueue, clock: C) where C.Duration == Duration {
    self.queue = queue
    self.clock = clock
    let start = clock.now
    elapsed = { start.duration(to: clock.now) }
  }

  func submit<Value: Sendable>(
    name: String?, _ work: @escaping TaskRecord<Value>.Work
  ) throws(TadweenError) -> TaskRecord<Value> {
    if roster.withLock({ $0.isOpen && $0.crew == nil }) { try startQueue() }
    let now = elapsed()
    let (record, worker) = try roster.withLock {
      (roster) throws(TadweenError) -> (TaskRecord<Value>, TaskRoster.Worker?) in
      guard roster.isOpen else {
        throw TadweenError(.queueClosed, "The task runner is closed and takes no new tasks.")
      }
      if roster.crew == nil {
        // Detached: the crew belongs to the runner, not to the call that happens to be the first; `close` awaits it.
        roster.crew = Task.detached { await self.work() }
      }
      let record = TaskRecord(id: roster.makeID(), name: name, submitted: now, core: self, work: work)
      return (record, roster.admit(record))
    }
    worker?.resume()
    return record
  }

  /// A task has finished. To be called while nobody can see yet that it has, under the lock of its record: so the reports
  /// come in the order of the ends. What it returns is to be told after unlocking.
  func note(_ report: TaskReport, of task: any QueuedTask) -> TaskReports.Batch {
    roster.withLock { $0.reports.add(report, of: task, to: $0.allListeners) }
  }

  /// Tells the listeners, without a lock: a listener that waits is resumed, on an executor of a user's own perhaps.
  ///
  /// The report goes out before the task is forgotten: once the runner is idle, every listener has every report.
  func tell(_ batch: TaskReports.Batch) {
    var batch = batch
    while !batch.isEmpty {
      for entry in batch { entry.tell() }
      // The tasks stay in the old batch until after unlocking: what they hold may call back when it goes.
      let (next, waiters) = roster.withLock { $0.forget(batch) }
      for waiter in waiters { waiter.resume() }
      batch = next
    }
  }

  func waitUntilIdle() async throws {
    try await roster.wait(in: \.idleWaiters) { roster in
      if let error = roster.givenUp { return .failure(error) }
      return roster.isIdle ? .success(()) : nil
    }
  }

  /// Sends the workers home and ends the streams.
  func finish() {
    let (workers, reports) = roster.withLock { $0.finish() }
    for worker in workers { worker.resume() }
    tell(reports)
  }

  /// Ends without waiting: starts nothing more, cancels all, and tells whoever waits. What was not finished.
  func abandon(_ reason: String) -> TadweenError? {
    let (tasks, waiters) = roster.withLock { $0.stop() }
    // Only the cancel itself knows whether the task had started, or finished while the list was made.
    let cancelled = tasks.map { (task: $0, status: $0.cancel()) }.filter { !$0.status.isFinal }
    let unfinished = cancelled.map { UnfinishedTask(id: $0.task.id, name: $0.task.name, status: $0.status) }
    finish()
    if roster.withLock({ $0.takeStarts() }) > 0 { queue.abandon() }
    guard !unfinished.isEmpty else {
      for waiter in waiters { waiter.resume() }
      return nil
    }
    let error = TadweenError(unfinished: unfinished, reason)
    for (task, _) in cancelled { task.giveUp(error) }
    let late = roster.withLock { roster -> [WaitList<Void>.Waiter] in
      roster.givenUp = error
      return roster.idleWaiters.takeAll()
    }
    for waiter in waiters + late { waiter.resume(throwing: error) }
    return error
  }

  private func startQueue() throws(TadweenError) {
    do {
      try queue.start()
      // Detached: the runner was closed meanwhile, and nobody is left who could wait.
      if !roster.withLock({ $0.noteStart() }) { Task.detached { [queue] in await queue.close() } }
    } catch let error as TadweenError {
      throw error
    } catch {
      throw TadweenError(.cannotStart, "The task queue could not start: \(error).", underlying: error)
    }
  }

  /// Owns all workers: returns when the last has gone home.
  private func work() async {
    await withDiscardingTaskGroup { group in
      for index in 0..<queue.workers {
        let executor = queue.executor(ofWorker: index)
        group.addTask(executorPreference: executor) {
          while let task = await self.next() { await task.run(worker: index, on: executor) }
        }
      }
    }
  }

  /// A worker is woken with nothing in its hands and takes its task under the lock. With a task, which is made by another
  /// thread, the thread sanitizer would report a race where the continuation is resumed before it suspends: the runtime
  /// is safe there, but does not tell.
  private func next() async -> (any QueuedTask)? {
    while true {
      switch roster.withLock({ $0.next() }) {
      case .task(let task): return task
      case .goHome: return nil
      case .sleep:
        await withCheckedContinuation { worker in
          if !roster.withLock({ $0.sleep(worker) }) { worker.resume() }
        }
      }
    }
  }
}
