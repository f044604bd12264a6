import Tadween

extension TaskQueueContract {
  func perform(_ check: Check) async throws {
    let queue = makeQueue()
    do {
      try await perform(check, with: queue)
    } catch {
      queue.abandon()
      throw error
    }
    await queue.close()
  }

  private func perform(_ check: Check, with queue: any TaskQueue) async throws {
    switch check {
    case .countsItsWorkers: try countsItsWorkers(queue)
    case .namesItsExecutors: try namesItsExecutors(queue)
    case .runsAllWorkersAtOnce: try await runsAllWorkersAtOnce(queue)
    case .blocksNobodyElse: try await blocksNobodyElse(queue)
    case .runsJobsBeforeStart: try await runsJobsBeforeStart(queue)
    case .countsItsUsers: try await countsItsUsers(queue)
    case .startsAgain: try await startsAgain(queue)
    case .finishesWhatItHas: try await finishesWhatItHas(queue)
    case .runsJobsAfterClose: try await runsJobsAfterClose(queue)
    case .closesAnyNumberOfTimes: try await closesAnyNumberOfTimes(queue)
    case .abandonsWithoutWaiting: try await abandonsWithoutWaiting(queue)
    case .runsEachTaskOnce: try await runsEachTaskOnce(queue)
    }
  }

  private func countsItsWorkers(_ queue: any TaskQueue) throws {
    let before = queue.workers
    try require(.countsItsWorkers, before >= 1, "it has \(before) workers.")
    try queue.start()
    try require(.countsItsWorkers, queue.workers == before, "the number changed: \(before), then \(queue.workers).")
  }

  private func namesItsExecutors(_ queue: any TaskQueue) throws {
    let before = executors(of: queue)
    try queue.start()
    let after = executors(of: queue)
    try require(.namesItsExecutors, before == after, "a worker's executor changed.")
    let named = before.compactMap { $0 }
    try require(.namesItsExecutors, Set(named).count == named.count, "two workers share an executor.")
    try require(
      .namesItsExecutors, named.isEmpty || named.count == queue.workers, "some workers have one and some have none.")
  }

  private func runsAllWorkersAtOnce(_ queue: any TaskQueue) async throws {
    try queue.start()
    try queue.start()
    try await meetOnAllWorkers(of: queue)
    await queue.close()
    try await meetOnAllWorkers(of: queue)
  }

  private func blocksNobodyElse(_ queue: any TaskQueue) async throws {
    guard queue.executor(ofWorker: 0) != nil else { return }
    try queue.start()
    let areBlocked = Locked(Meeting(expected: queue.workers + 1))
    let gate = Monitor(false)
    try await withThrowingDiscardingTaskGroup { group in
      defer { gate.open() }
      for index in 0..<queue.workers {
        group.addTask(executorPreference: queue.executor(ofWorker: index)) {
          areBlocked.arrive()
          gate.block()
        }
      }
      try await areBlocked.arriveAndWait()
      // The pool takes these, and many more than it has threads.
      await withDiscardingTaskGroup { pool in
        for _ in 0..<200 { pool.addTask { await Task.yield() } }
      }
    }
  }

  private func runsJobsBeforeStart(_ queue: any TaskQueue) async throws {
    let count = Locked(0)
    try await withThrowingDiscardingTaskGroup { group in
      for index in 0..<queue.workers {
        group.addTask(executorPreference: queue.executor(ofWorker: index)) { count.withLock { $0 += 1 } }
      }
      try queue.start()
    }
    try require(.runsJobsBeforeStart, count.withLock { $0 } == queue.workers, "not every job ran once.")
  }

  private func countsItsUsers(_ queue: any TaskQueue) async throws {
    guard let executor = queue.executor(ofWorker: 0) else { return }
    try queue.start()
    try queue.start()
    let gate = Monitor(false)
    let isBlocked = Locked(Meeting(expected: 2))
    let closed = Locked(Meeting(expected: 2))
    try await withThrowingDiscardingTaskGroup { group in
      defer { gate.open() }
      group.addTask(executorPreference: executor) {
        isBlocked.arrive()
        gate.block()
      }
      try await isBlocked.arriveAndWait()
      group.addTask {
        await queue.close()
        closed.arrive()
      }
      try await closed.arriveAndWait()
    }
  }

  private func startsAgain(_ queue: any TaskQueue) async throws {
    try queue.start()
    await queue.close()
    do {
      try queue.start()
    } catch {
      throw Failure(check: .startsAgain, reason: "it does not start again: \(error)")
    }
    try await meetOnAllWorkers(of: queue)
  }

  private func finishesWhatItHas(_ queue: any TaskQueue) async throws {
    try queue.start()
    let count = Locked(0)
    await withDiscardingTaskGroup { group in
      for index in 0..<queue.workers {
        for _ in 0..<50 {
          group.addTask(executorPreference: queue.executor(ofWorker: index)) {
            await Task.yield()
            count.withLock { $0 += 1 }
          }
        }
      }
      await queue.close()
    }
    let ran = count.withLock { $0 }
    try require(.finishesWhatItHas, ran == 50 * queue.workers, "\(ran) of \(50 * queue.workers) jobs ran.")
  }

  private func runsJobsAfterClose(_ queue: any TaskQueue) async throws {
    try queue.start()
    await queue.close()
    let count = Locked(0)
    try await onEveryWorker(of: queue) { _ in
      await Task.yield()
      count.withLock { $0 += 1 }
    }
    try require(.runsJobsAfterClose, count.withLock { $0 } == queue.workers, "not every job ran once.")
  }

  private func closesAnyNumberOfTimes(_ queue: any TaskQueue) async throws {
    await queue.close()
    await queue.close()
    let other = makeQueue()
    try other.start()
    await withDiscardingTaskGroup { group in
      for _ in 0..<4 { group.addTask { await other.close() } }
    }
    await other.close()
    other.abandon()
  }

  private func abandonsWithoutWaiting(_ queue: any TaskQueue) async throws {
    guard let executor = queue.executor(ofWorker: 0) else { return }
    try queue.start()
    let gate = Monitor(false)
    let isBlocked = Locked(Meeting(expected: 2))
    let moved = Locked(Meeting(expected: 2))
    try await withThrowingDiscardingTaskGroup { group in
      defer { gate.open() }
      group.addTask(executorPreference: executor) {
        isBlocked.arrive()
        gate.block()
      }
      try await isBlocked.arriveAndWait()
      group.addTask(executorPreference: executor) { moved.arrive() }
      let closed = Locked(Meeting(expected: 2))
      group.addTask {
        await queue.close()
        closed.arrive()
      }
      queue.abandon()
      try await moved.arriveAndWait()
      try await closed.arriveAndWait()
    }
  }

  private func runsEachTaskOnce(_ queue: any TaskQueue) async throws {
    let tasks = 500
    let seen = Locked((runs: [Int](repeating: 0, count: tasks), now: 0, peak: 0))
    let runner = TaskRunner(queue)
    for index in 0..<tasks {
      try runner.submit {
        seen.withLock {
          $0.runs[index] += 1
          $0.now += 1
          $0.peak = max($0.peak, $0.now)
        }
        await Task.yield()
        seen.withLock { $0.now -= 1 }
      }
    }
    try await runner.close()
    let (runs, _, peak) = seen.withLock { $0 }
    try require(
      .runsEachTaskOnce, runs.allSatisfy { $0 == 1 }, "\(runs.count { $0 != 1 }) tasks did not run just once.")
    try require(.runsEachTaskOnce, peak <= queue.workers, "\(peak) ran at once on \(queue.workers) workers.")
  }

  private func executors(of queue: any TaskQueue) -> [ObjectIdentifier?] {
    (0..<queue.workers).map { queue.executor(ofWorker: $0).map { ObjectIdentifier($0) } }
  }

  private func meetOnAllWorkers(of queue: any TaskQueue) async throws {
    let here = Locked(Meeting(expected: queue.workers))
    try await onEveryWorker(of: queue) { _ in try await here.arriveAndWait() }
  }

  private func onEveryWorker(of queue: any TaskQueue, _ body: @escaping @Sendable (Int) async throws -> Void)
    async throws
  {
    try await withThrowingDiscardingTaskGroup { group in
      for index in 0..<queue.workers {
        group.addTask(executorPreference: queue.executor(ofWorker: index)) { try await body(index) }
      }
    }
  }

  private func require(_ check: Check, _ isTrue: Bool, _ reason: String) throws(Failure) {
    if !isTrue { throw Failure(check: check, reason: reason) }
  }
}

/// A number of tasks that wait until all of them have come.
private struct Meeting {
  var expected: Int
  var waiters = WaitList<Void>()

  init(expected: Int) { self.expected = expected }
}

extension Locked<Meeting> {
  fileprivate func arrive() {
    let waiters = withLock { meeting -> [WaitList<Void>.Waiter] in
      meeting.expected -= 1
      return meeting.expected == 0 ? meeting.waiters.takeAll() : []
    }
    for waiter in waiters { waiter.resume() }
  }

  fileprivate func arriveAndWait() async throws {
    arrive()
    try await wait(in: \.waiters) { $0.expected <= 0 ? .success(()) : nil }
  }
}

extension Monitor<Bool> {
  fileprivate func block() { wait { $0 ? () : nil } }

  fileprivate func open() {
    withLock { $0 = true }
    wakeAll()
  }
}
