import Testing

@testable import Tadween

@Suite struct TaskRunnerCancelTests {
  @Test(arguments: Kind.allCases)
  func beforeItStartsATaskEndsAtOnceAndNeverRuns(_ kind: Kind) async throws {
    let runner = kind.runner(1)
    let reports = runner.completed()
    let gate = Gate()
    let hasRun = Locked(false)
    let first = try runner.submit { try await gate.pass() }
    let second = try runner.submit { hasRun.withLock { $0 = true } }
    await gate.arrivals(1)
    #expect(runner.status(of: second.id) == .waiting)
    #expect(runner.cancel(second))
    #expect(runner.status(of: second) == .cancelled)
    #expect(runner.status(of: second.id) == nil)
    await #expect(throws: CancellationError.self) { try await runner.result(of: second) }
    gate.open()
    try await runner.result(of: first)
    try await runner.close()
    #expect(hasRun.withLock { $0 } == false)
    let report = await reports.first { $0.id == second.id }
    #expect(report?.status == .cancelled)
    #expect(report?.worker == nil)
    #expect(report?.started == nil)
    #expect(report?.ran == .zero)
    #expect(report?.error is CancellationError)
  }

  @Test(arguments: Kind.allCases)
  func whileItRunsATaskIsToldAndEndsCancelledIfItThrows(_ kind: Kind) async throws {
    let runner = kind.runner(1)
    let gate = Gate()
    let ticket = try runner.submit {
      do { try await gate.pass() } catch { throw Broken(number: 3) }
    }
    await gate.arrivals(1)
    #expect(runner.status(of: ticket.id) == .running)
    #expect(runner.cancel(ticket.id))
    await #expect(throws: Broken(number: 3)) { try await runner.result(of: ticket) }
    #expect(runner.status(of: ticket) == .cancelled)
    try await runner.close()
  }

  @Test(arguments: Kind.allCases)
  func whileItRunsATaskThatReturnsHasSucceeded(_ kind: Kind) async throws {
    let runner = kind.runner(1)
    let gate = Gate()
    let ticket = try runner.submit {
      try? await gate.pass()
      return 9
    }
    await gate.arrivals(1)
    #expect(runner.cancel(ticket))
    #expect(try await runner.result(of: ticket) == 9)
    #expect(runner.status(of: ticket) == .succeeded)
    try await runner.close()
  }

  /// It blocks the only thread, so nothing else could tell it there.
  @Test func aTaskThatComputesIsToldToo() async throws {
    let runner = TaskRunner(.threads(1))
    let gate = Gate()
    let ticket = try runner.submit {
      gate.arrive()
      while !Task.isCancelled {}
      try Task.checkCancellation()
    }
    await gate.arrivals(1)
    #expect(runner.cancel(ticket))
    await #expect(throws: CancellationError.self) { try await runner.result(of: ticket) }
    try await runner.close()
  }

  @Test(arguments: Kind.allCases)
  func whenItIsFinishedNothingChanges(_ kind: Kind) async throws {
    let runner = kind.runner(1)
    let ticket = try runner.submit { 1 }
    #expect(try await runner.result(of: ticket) == 1)
    #expect(!runner.cancel(ticket))
    #expect(!runner.cancel(ticket.id))
    #expect(runner.status(of: ticket) == .succeeded)
    #expect(try await runner.result(of: ticket) == 1)
    try await runner.close()
  }

  @Test func oneTaskAloneIsCancelled() async throws {
    let runner = TaskRunner(.concurrent(2))
    let gate = Gate()
    let tickets = try (0..<2).map { _ in try runner.submit { try await gate.pass() } }
    await gate.arrivals(2)
    runner.cancel(tickets[0])
    await #expect(throws: CancellationError.self) { try await runner.result(of: tickets[0]) }
    #expect(runner.status(of: tickets[1]) == .running)
    gate.open()
    try await runner.result(of: tickets[1])
    try await runner.close()
  }

  /// Cancelled after the run began and before its task has a handle.
  @Test func inTheMomentOfItsStartATaskIsTold() async throws {
    let hook = Hook()
    let runner = TaskRunner(HookedQueue(executor: hook))
    let gate = Gate()
    // The executor is handed the run's first job while its task is being made.
    hook.onEnqueue.withLock { hook in
      hook = { [weak runner] in
        guard let runner, let task = runner.unfinished.first, task.status == .running else { return }
        runner.cancel(task.id)
      }
    }
    let ticket = try runner.submit { try await gate.pass() }
    await #expect(throws: CancellationError.self) { try await runner.result(of: ticket) }
    #expect(runner.status(of: ticket) == .cancelled)
    try await runner.close()
  }

  /// Against a start and an end that come at the same moment.
  @Test(arguments: Kind.allCases)
  func atAnyMomentATaskHasOneEnd(_ kind: Kind) async throws {
    let runner = kind.runner(3)
    let reports = runner.completed()
    let tickets = Locked([TaskTicket<Int>]())
    await withDiscardingTaskGroup { group in
      group.addTask {
        for number in 0..<500 {
          guard let ticket = try? runner.submit({ number }) else { return }
          tickets.withLock { $0.append(ticket) }
        }
      }
      group.addTask {
        for number in 0..<500 {
          while tickets.withLock({ $0.count }) <= number { await Task.yield() }
          runner.cancel(tickets.withLock { $0[number] })
        }
      }
    }
    try await runner.close()
    let heard = await reports.reduce(into: []) { $0.append($1) }
    #expect(heard.map(\.id.number).sorted() == Array(1...500))
    for (ticket, report) in zip(tickets.withLock { $0 }, heard.sorted { $0.id < $1.id }) {
      #expect(runner.status(of: ticket) == report.status)
      #expect(report.status == .succeeded || (report.status == .cancelled && report.started == nil))
    }
  }
}

private struct HookedQueue: TaskQueue {
  let executor: Hook
  var workers: Int { 1 }
  func executor(ofWorker index: Int) -> (any TaskExecutor)? { executor }
}

/// Calls a test back before it takes a job.
private final class Hook: TaskExecutor {
  let onEnqueue = Locked<(@Sendable () -> Void)?>(nil)

  func enqueue(_ job: consuming ExecutorJob) {
    onEnqueue.withLock { $0 }?()
    globalConcurrentExecutor.enqueue(job)
  }
}
