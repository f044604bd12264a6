import Testing

@testable import Tadween

struct Broken: Error, Equatable { var number = 0 }

/// Both kinds behave alike.
enum Kind: CaseIterable, Sendable {
  case concurrent, threads

  func runner(_ workers: Int, clock: HandClock = HandClock()) -> TaskRunner {
    switch self {
    case .concurrent: TaskRunner(.concurrent(workers), clock: clock)
    case .threads: TaskRunner(.threads(workers), clock: clock)
    }
  }
}

@Suite struct TaskRunnerTests {
  @Test(arguments: Kind.allCases)
  func givesBackWhatTasksReturn(_ kind: Kind) async throws {
    let runner = kind.runner(2)
    let number = try runner.submit { 42 }
    let text = try runner.submit(name: "text") { "words" }
    #expect(try await runner.result(of: number) == 42)
    #expect(try await runner.result(of: text) == "words")
    #expect(try await runner.result(of: text) == "words", "a result can be asked for again")
    #expect(runner.status(of: number) == .succeeded)
    #expect([number.id.number, text.id.number] == [1, 2])
    #expect(text.name == "text")
    try await runner.close()
  }

  @Test(arguments: Kind.allCases)
  func aFailedTaskThrowsItsError(_ kind: Kind) async throws {
    let runner = kind.runner(1)
    let ticket = try runner.submit { () throws -> Int in throw Broken(number: 7) }
    await #expect(throws: Broken(number: 7)) { try await runner.result(of: ticket) }
    #expect(runner.status(of: ticket) == .failed)
    try await runner.close()
  }

  /// Not asked to cancel, so it failed.
  @Test func aTaskThatThrowsCancellationByItselfHasFailed() async throws {
    let runner = TaskRunner(.concurrent(1))
    let ticket = try runner.submit { throw CancellationError() }
    try await runner.waitAll()
    #expect(runner.status(of: ticket) == .failed)
    try await runner.close()
  }

  @Test(arguments: Kind.allCases, [1, 3])
  func runsSoManyAtOnceAndNeverMore(_ kind: Kind, workers: Int) async throws {
    let runner = kind.runner(workers)
    let (crowd, gate) = (Crowd(), Gate())
    for _ in 0..<(workers * 4) {
      try runner.submit {
        crowd.enter()
        try await gate.pass()
        crowd.leave()
      }
    }
    await gate.arrivals(workers)
    #expect(runner.unfinished.count { $0.status == .running } == workers)
    #expect(runner.unfinished.count { $0.status == .waiting } == workers * 3)
    gate.open()
    try await runner.close()
    #expect(crowd.peak == workers)
  }

  @Test(arguments: Kind.allCases)
  func startsTasksInTheOrderOfSubmission(_ kind: Kind) async throws {
    let runner = kind.runner(1)
    let order = Locked([Int]())
    for number in 0..<100 { try runner.submit { order.withLock { $0.append(number) } } }
    try await runner.close()
    #expect(order.withLock { $0 } == Array(0..<100))
  }

  @Test(arguments: Kind.allCases)
  func tenThousandTasksFromEightTasksAllRunOnce(_ kind: Kind) async throws {
    let runner = kind.runner(4)
    let runs = Locked([Int](repeating: 0, count: 10_000))
    let tickets = try await withThrowingTaskGroup(of: [(Int, TaskTicket<Int>)].self) { group in
      for part in 0..<8 {
        group.addTask {
          try (part * 1250..<(part + 1) * 1250).map { number in
            (
              number,
              try runner.submit {
                runs.withLock { $0[number] += 1 }; return number
              }
            )
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    try await runner.waitAll()
    #expect(runs.withLock { $0.allSatisfy { $0 == 1 } })
    #expect(Set(tickets.map(\.1.id)).count == 10_000)
    for (number, ticket) in tickets { #expect(try await runner.result(of: ticket) == number) }
    try await runner.close()
  }

  /// Under the thread sanitizer it says whether what the one wrote is visible to the other.
  @Test(arguments: Kind.allCases)
  func aWorkerThatFallsAsleepGetsWhatComesAtThatMoment(_ kind: Kind) async throws {
    for _ in 0..<300 {
      let runner = kind.runner(2)
      try await withThrowingDiscardingTaskGroup { group in
        for _ in 0..<4 {
          group.addTask {
            for number in 0..<10 {
              let ticket = try runner.submit { number }
              #expect(try await runner.result(of: ticket) == number)
            }
          }
        }
      }
      try await runner.close()
    }
  }

  @Test func tasksKnowNothingOfTheCallThatCameFirst() async throws {
    let runner = TaskRunner(.concurrent(1))
    let ticket = try Trace.$id.withValue(5) { try runner.submit { Trace.id } }
    #expect(try await runner.result(of: ticket) == nil)
    try await runner.close()
  }

  @Test(arguments: Kind.allCases)
  func measuresEachTask(_ kind: Kind) async throws {
    let clock = HandClock()
    let runner = kind.runner(1, clock: clock)
    let reports = runner.completed()
    let (first, second) = (Gate(), Gate())
    clock.advance(by: .seconds(1))
    try runner.submit(name: "a") { try await first.pass() }
    await first.arrivals(1)
    clock.advance(by: .seconds(2))
    try runner.submit(name: "b") {
      try await second.pass()
      throw Broken()
    }
    clock.advance(by: .seconds(3))
    first.open()
    await second.arrivals(1)
    clock.advance(by: .seconds(4))
    second.open()
    try await runner.close()

    let all = await reports.reduce(into: []) { $0.append($1) }
    #expect(all.map(\.id.number) == [1, 2])
    #expect(all.map(\.name) == ["a", "b"])
    #expect(all.map(\.status) == [.succeeded, .failed])
    #expect(all.map(\.worker) == [0, 0])
    #expect(all.map(\.submitted) == [.seconds(1), .seconds(3)])
    #expect(all.map(\.started) == [.seconds(1), .seconds(6)])
    #expect(all.map(\.finished) == [.seconds(6), .seconds(10)])
    #expect(all.map(\.waited) == [.zero, .seconds(3)])
    #expect(all.map(\.ran) == [.seconds(5), .seconds(4)])
    #expect(all.first?.error == nil)
    #expect(all.last?.error is Broken)
  }

  @Test func everyListenerHearsOfEveryTaskUntilTheEnd() async throws {
    let runner = TaskRunner(.threads(3))
    let (one, other) = (runner.completed(), runner.completed(buffering: .bufferingNewest(2)))
    for _ in 0..<50 { try runner.submit {} }
    try await runner.waitAll()
    let late = runner.completed()
    try runner.submit {}
    try await runner.close()
    let after = runner.completed()
    let heard = await one.reduce(into: []) { $0.append($1) }
    #expect(heard.map(\.id.number).sorted() == Array(1...51))
    #expect(heard.allSatisfy { $0.worker.map((0..<3).contains) == true })
    #expect(await other.reduce(0) { count, _ in count + 1 } == 2)
    #expect(await late.reduce(0) { count, _ in count + 1 } == 1)
    #expect(await after.reduce(0) { count, _ in count + 1 } == 0)
  }

  @Test(arguments: Kind.allCases)
  func reportsComeInTheOrderInWhichTasksFinish(_ kind: Kind) async throws {
    for _ in 0..<20 {
      let runner = kind == .concurrent ? TaskRunner(.concurrent(4)) : TaskRunner(.threads(4))
      let (one, other) = (runner.completed(), runner.completed())
      for _ in 0..<500 { try runner.submit {} }
      try await runner.close()
      let reports = await one.reduce(into: []) { $0.append($1) }
      let finished = reports.map(\.finished)
      #expect(reports.count == 500 && finished == finished.sorted())
      #expect(await other.reduce(into: []) { $0.append($1.id) } == reports.map(\.id))
    }
  }

  @Test func waitAllReturnsWhenNothingIsLeft() async throws {
    let runner = TaskRunner(.concurrent(2))
    try await runner.waitAll()
    let gate = Gate()
    let tickets = try (0..<5).map { _ in try runner.submit { try await gate.pass() } }
    async let waited: Void = runner.waitAll()
    await gate.arrivals(2)
    gate.open()
    try await waited
    #expect(tickets.allSatisfy { runner.status(of: $0) == .succeeded })
    #expect(runner.unfinished.isEmpty)
    try await runner.close()
  }

  @Test func whoeverWaitsCanGiveUp() async throws {
    let runner = TaskRunner(.concurrent(1))
    let gate = Gate()
    let ticket = try runner.submit { try await gate.pass() }
    await gate.arrivals(1)
    let readers = (0..<2).map { index in
      Task { index == 0 ? try await runner.result(of: ticket) : try await runner.waitAll() }
    }
    for reader in readers {
      reader.cancel()
      await #expect(throws: CancellationError.self) { try await reader.value }
    }
    #expect(runner.status(of: ticket) == .running)
    gate.open()
    try await runner.result(of: ticket)
    try await runner.close()
  }

  @Test func aQueueThatCannotStartSaysSo() async throws {
    struct Unwilling: TaskQueue {
      var workers: Int { 1 }
      func start() throws { throw Broken() }
    }
    let runner = TaskRunner(Unwilling())
    let error = #expect(throws: TadweenError.self) { try runner.submit {} }
    #expect(error?.code == .cannotStart)
    #expect(error?.description == "The task queue could not start: Broken(number: 0).")
    try await runner.close()
  }
}

private enum Trace {
  @TaskLocal static var id: Int?
}
