import Testing

@testable import Tadween

@Suite struct ThreadTaskQueueTests {
  /// Far more than the cooperative pool has threads.
  private let many = 16

  @Test func blockedThreadsNeverStarveTheCooperativePool() async throws {
    let queue = ThreadTaskQueue(workers: many)
    try queue.start()
    let barrier = Barrier()
    let blocked = Gate()
    await withDiscardingTaskGroup { group in
      for index in 0..<many {
        group.addTask(executorPreference: queue.executor(ofWorker: index)) {
          blocked.arrive()
          barrier.block()
        }
      }
      await blocked.arrivals(many)
      // Everything else goes on: new tasks, actors, and the end of this group.
      await withDiscardingTaskGroup { others in
        for _ in 0..<200 { others.addTask { await Task.yield() } }
      }
      barrier.open()
    }
    await queue.close()
  }

  @Test func aWorkerKeepsItsThreadOverSuspensions() async throws {
    let queue = ThreadTaskQueue(workers: 2)
    try queue.start()
    let threads = Locked([Int: Set<String>]())
    await withDiscardingTaskGroup { group in
      for index in 0..<2 {
        group.addTask(executorPreference: queue.executor(ofWorker: index)) {
          for _ in 0..<50 {
            let here = currentThread()
            threads.withLock { _ = $0[index, default: []].insert(here) }
            await Task.yield()
          }
        }
      }
    }
    await queue.close()
    let seen = threads.withLock { $0 }
    #expect(seen[0]?.count == 1)
    #expect(seen[1]?.count == 1)
    #expect(seen[0] != seen[1])
  }

  @Test func closeReturnsWhenTheThreadsHaveEnded() async throws {
    weak var executor: (any TaskExecutor)?
    do {
      let queue = ThreadTaskQueue(workers: 1)
      executor = queue.executor(ofWorker: 0)
      try queue.start()
      await queue.close()
    }
    // A thread holds on to its executor for as long as it runs.
    #expect(executor == nil)
  }

  @Test func lettingGoOfAQueueEndsItsThreads() async throws {
    weak var executor: (any TaskExecutor)?
    do {
      let queue = ThreadTaskQueue(workers: 1)
      executor = queue.executor(ofWorker: 0)
      try queue.start()
    }
    await eventually { executor == nil }
  }

  @Test func itsThreadsLiveUntilItsLastUserHasGone() async throws {
    weak var executor: (any TaskExecutor)?
    do {
      let queue = ThreadTaskQueue(workers: 1)
      executor = queue.executor(ofWorker: 0)
      try queue.start()
      let first = await thread(ofWorker: 0, of: queue)
      try queue.start()
      await queue.close()
      #expect(await thread(ofWorker: 0, of: queue) == first)
      await queue.close()
      await queue.close()
    }
    #expect(executor == nil)
  }

  @Test func startsAgainWhenItsLastUserHasGone() async throws {
    let queue = ThreadTaskQueue(workers: 1)
    for _ in 0..<3 {
      try queue.start()
      // Its own thread: it blocks nobody, and stays the same.
      let (barrier, blocked) = (Barrier(), Gate())
      await withDiscardingTaskGroup { group in
        for _ in 0..<many { group.addTask(executorPreference: queue.executor(ofWorker: 0)) { barrier.block() } }
        group.addTask(executorPreference: globalConcurrentExecutor) {
          blocked.arrive()
          barrier.open()
        }
        await blocked.arrivals(1)
      }
      await queue.close()
    }
  }

  /// A thread that is late to end meets none of its successor's jobs, and takes nothing with it.
  @Test func anExecutorMayStartAgainWhileItsThreadEnds() async throws {
    let executor = ThreadExecutor()
    try executor.start()
    let (barrier, blocked) = (Barrier(), Gate())
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask(executorPreference: executor) {
        blocked.arrive()
        barrier.block()
      }
      await blocked.arrivals(1)
      let first = executor.drain()
      try executor.start()
      let second = await withTaskExecutorPreference(executor) { currentThread() }
      barrier.open()
      await first?.join()
      #expect(await withTaskExecutorPreference(executor) { currentThread() } == second)
    }
    await executor.drain()?.join()
  }

  @Test func doesNotStartAgainWhenItWasAbandoned() {
    let queue = ThreadTaskQueue(workers: 1)
    queue.abandon()
    let error = #expect(throws: TadweenError.self) { try queue.start() }
    #expect(error?.code == .queueClosed)
  }

  /// The task goes on elsewhere: it prefers an executor whose thread has gone.
  @Test func aTaskThatOutlivesItsThreadGoesOn() async throws {
    let queue = ThreadTaskQueue(workers: 1)
    try queue.start()
    let gate = Gate()
    let steps = Locked(0)
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask(executorPreference: queue.executor(ofWorker: 0)) {
        try await gate.pass()
        for _ in 0..<10 {
          await Task.yield()
          steps.withLock { $0 += 1 }
        }
      }
      await gate.arrivals(1)
      await queue.close()
      gate.open()
    }
    #expect(steps.withLock { $0 } == 10)
  }

  @Test func abandonMovesWhatWaitsBehindAStuckJobAndEndsAClose() async throws {
    let queue = ThreadTaskQueue(workers: 1)
    try queue.start()
    let barrier = Barrier()
    let (stuck, behind) = (Gate(), Gate())
    await withDiscardingTaskGroup { group in
      group.addTask(executorPreference: queue.executor(ofWorker: 0)) {
        stuck.arrive()
        barrier.block()
      }
      await stuck.arrivals(1)
      for _ in 0..<3 { group.addTask(executorPreference: queue.executor(ofWorker: 0)) { behind.arrive() } }
      async let closed: Void = queue.close()
      queue.abandon()
      await behind.arrivals(3)
      await closed
      barrier.open()
    }
  }

  @Test func nothingIsLostWhileItCloses() async throws {
    for _ in 0..<20 {
      let queue = ThreadTaskQueue(workers: 3)
      try queue.start()
      let count = Locked(0)
      await withDiscardingTaskGroup { group in
        for index in 0..<30 {
          group.addTask(executorPreference: queue.executor(ofWorker: index % 3)) {
            for _ in 0..<10 { await Task.yield() }
            count.withLock { $0 += 1 }
          }
        }
        group.addTask { await queue.close() }
        group.addTask { await queue.close() }
      }
      #expect(count.withLock { $0 } == 30)
    }
  }

  /// Where a queue stands behind `any`, as an option of a stage does.
  @Test func readsWellWhereAnyQueueIsAsked() {
    let queues: [any TaskQueue] = [.concurrent(8), .threads(2)]
    #expect(queues.map(\.workers) == [8, 2])
  }

  @Test func refusesToHaveNoWorkers() async {
    await #expect(processExitsWith: .failure) { _ = ThreadTaskQueue(workers: 0) }
    await #expect(processExitsWith: .failure) { _ = ConcurrentTaskQueue(workers: -1) }
  }
}
