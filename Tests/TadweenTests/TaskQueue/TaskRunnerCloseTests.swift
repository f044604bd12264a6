import Testing

@testable import Tadween

@Suite struct TaskRunnerCloseTests {
  @Test(arguments: Kind.allCases)
  func whileItWorksItFinishesWhatItHas(_ kind: Kind) async throws {
    let runner = kind.runner(2)
    let gate = Gate()
    let tickets = try (0..<10).map { number in
      try runner.submit {
        try await gate.pass()
        return number
      }
    }
    await gate.arrivals(2)
    async let closed: Void = runner.close(timeout: .seconds(5))
    await refusal(runner)
    gate.open()
    try await closed
    for (number, ticket) in tickets.enumerated() { #expect(try await runner.result(of: ticket) == number) }
  }

  @Test(arguments: Kind.allCases)
  func afterTheTimeoutItSaysByIdAndNumberWhatDidNotFinish(_ kind: Kind) async throws {
    let clock = HandClock()
    let runner = kind.runner(1, clock: clock)
    let reports = runner.completed()
    let gate = Gate()
    try await runner.result(of: try runner.submit {})
    let busy = try runner.submit(name: "report.wav") { try await gate.pass() }
    let waiting = try (0..<11).map { _ in try runner.submit {} }
    await gate.arrivals(1)
    let closing = Task { try await runner.close(timeout: .seconds(5)) }
    await clock.bedside.arrivals(1)
    clock.advance(by: .seconds(5))
    let error = await #expect(throws: TadweenError.self) { try await closing.value }
    #expect(error?.code == .timedOut)
    #expect(error?.unfinishedTasks.map(\.id) == [busy.id] + waiting.map(\.id))
    #expect(error?.unfinishedTasks.map(\.status) == [.running] + waiting.map { _ in .waiting })
    #expect(
      error?.description == """
        The task runner closed after 5.0 seconds with 12 unfinished: #2 "report.wav" (running), #3 (waiting), \
        #4 (waiting), #5 (waiting), #6 (waiting), #7 (waiting), #8 (waiting), #9 (waiting), #10 (waiting), \
        #11 (waiting), and 2 more.
        """)
    #expect(waiting.allSatisfy { runner.status(of: $0) == .cancelled })
    // The one that ran was told to cancel, and ends by itself.
    await eventually { runner.status(of: busy).isFinal }
    #expect(runner.status(of: busy) == .cancelled)
    #expect(await reports.reduce(into: Set()) { $0.insert($1.id) }.isSuperset(of: waiting.map(\.id)))
  }

  /// The timeout is over before the task returns: on a blocked thread, for instance.
  @Test func aTaskThatNeverReturnsHoldsItNoLongerThanItsTimeout() async throws {
    let clock = HandClock()
    let queue = ThreadTaskQueue(workers: 1)
    let runner = TaskRunner(queue, clock: clock)
    let (barrier, gate) = (Barrier(), Gate())
    let ticket = try runner.submit {
      gate.arrive()
      barrier.block()
      return 8
    }
    await gate.arrivals(1)
    let reader = Task { try await runner.result(of: ticket) }
    let waiter = Task { try await runner.waitAll() }
    let closing = Task { try await runner.close(timeout: .seconds(1)) }
    await clock.bedside.arrivals(1)
    clock.advance(by: .seconds(1))
    await #expect(throws: TadweenError.self) { try await closing.value }
    #expect(throws: TadweenError.self, "the queue is closed too") { try queue.start() }
    // Whoever waits is told too, and whoever asks now.
    let told = await #expect(throws: TadweenError.self) { try await reader.value }
    #expect(told?.unfinishedTasks.map(\.id) == [ticket.id])
    await #expect(throws: TadweenError.self) { try await waiter.value }
    await #expect(throws: TadweenError.self) { try await runner.result(of: ticket) }
    #expect(runner.status(of: ticket) == .running)
    // It may return after all; its result is then there.
    barrier.open()
    await eventually { runner.status(of: ticket).isFinal }
    #expect(try await runner.result(of: ticket) == 8)
  }

  @Test(arguments: Kind.allCases)
  func theSecondReturnsAtOnce(_ kind: Kind) async throws {
    let runner = kind.runner(1)
    let gate = Gate()
    let ticket = try runner.submit { try await gate.pass() }
    await gate.arrivals(1)
    async let first: Void = runner.close()
    await refusal(runner)
    try await runner.close()
    #expect(runner.status(of: ticket) == .running, "the first still waits")
    gate.open()
    try await first
    try await runner.close(timeout: .zero)
  }

  @Test(arguments: Kind.allCases)
  func refusesNewWork(_ kind: Kind) async throws {
    let runner = kind.runner(1)
    try await runner.close()
    let error = #expect(throws: TadweenError.self) { try runner.submit {} }
    #expect(error?.code == .queueClosed)
    #expect(error?.description == "The task runner is closed and takes no new tasks.")
    #expect(error?.unfinishedTasks.isEmpty == true)
  }

  @Test func cancellingItEndsTheWait() async throws {
    let runner = TaskRunner(.concurrent(1))
    let gate = Gate()
    let ticket = try runner.submit { try await gate.pass() }
    await gate.arrivals(1)
    let closing = Task { try await runner.close() }
    await refusal(runner)
    closing.cancel()
    await #expect(throws: TadweenError.self) { try await closing.value }
    await eventually { runner.status(of: ticket) == .cancelled }
  }

  @Test func inTimeItEndsTheQueueAndLeavesNoThread() async throws {
    weak var executor: (any TaskExecutor)?
    do {
      let queue = ThreadTaskQueue(workers: 1)
      executor = queue.executor(ofWorker: 0)
      let runner = TaskRunner(queue)
      try runner.submit {}
      try await runner.close()
    }
    await eventually { executor == nil }
  }

  /// Whether it was used or not, closed or let go.
  @Test func itLeavesAQueueToThoseWhoComeAfterIt() async throws {
    let queue = ThreadTaskQueue(workers: 1)
    try queue.start()
    let mine = await thread(ofWorker: 0, of: queue)
    do {
      let (used, unused) = (TaskRunner(queue), TaskRunner(queue))
      let ticket = try used.submit { currentThread() }
      #expect(try await used.result(of: ticket) == mine)
      try await used.close()
      try await unused.close()
      _ = TaskRunner(queue)
    }
    #expect(await thread(ofWorker: 0, of: queue) == mine)
    await queue.close()
  }

  /// Submissions that are the first at the same moment each start the queue.
  @Test func itGivesAQueueBackAsOftenAsItStartedIt() async throws {
    final class Counting: TaskQueue {
      let users = Locked(0)
      var workers: Int { 1 }
      func start() { users.withLock { $0 += 1 } }
      func close() async { users.withLock { $0 -= 1 } }
    }
    for _ in 0..<200 {
      let queue = Counting()
      let runner = TaskRunner(queue)
      await withDiscardingTaskGroup { group in
        for _ in 0..<4 { group.addTask { _ = try? runner.submit {} } }
        group.addTask { try? await runner.close() }
      }
      await eventually { queue.users.withLock { $0 } == 0 }
    }
  }

  @Test(arguments: Kind.allCases)
  func aRunnerThatIsLetGoTellsWhoeverWaits(_ kind: Kind) async throws {
    var runner: TaskRunner? = kind.runner(1)
    let gate = Gate()
    let running = try #require(try runner?.submit { try await gate.pass() })
    let waiting = try #require(try runner?.submit {})
    let reports = try #require(runner?.completed())
    await gate.arrivals(1)
    runner = nil
    // Told to cancel, or told that nobody will answer: whichever comes first.
    await #expect(throws: (any Error).self) { try await running.record.result() }
    await #expect(throws: CancellationError.self) { try await waiting.record.result() }
    for await report in reports { #expect(report.status == .cancelled) }
  }

  /// Waits until the runner has begun to close.
  private func refusal(_ runner: TaskRunner) async {
    await eventually { (try? runner.submit {}) == nil }
  }
}
