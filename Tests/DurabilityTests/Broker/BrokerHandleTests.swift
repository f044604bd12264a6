import Testing

@testable import Tadween
@testable import TadweenSQLite

/// Whoever reads of a run while others go on with it has it as it is, not as it was.
@Suite(.timeLimit(.minutes(1))) struct BrokerHandleTests {
  let folder: Folder
  let reading = ThreadTaskQueue(workers: 1)
  var path: String { folder.path("runs.sqlite") }

  init() throws { folder = try Folder() }

  /// Reads on a thread of its own up to a run, and holds what it read until the other has come and gone.
  private func reads<Result: Sendable>(
    _ one: OneStage, _ body: @escaping @Sendable () async throws -> Result,
    while other: () async throws -> Void
  ) async throws -> Result {
    let seen = one.gate.count(.findsRun)
    let release = one.gate.hold(.findsRun)
    try reading.start()
    return try await withThrowingTaskGroup(of: Result.self) { group in
      group.addTask(executorPreference: reading.executor(ofWorker: 0)) { try await body() }
      await one.gate.wait(for: .findsRun, count: seen + 1)
      // Whatever happens: the group waits for the thread.
      defer { release() }
      try await other()
      release()
      return try #require(try await group.next())
    }
  }

  private func fail(_ deliveries: [Delivery], _ one: OneStage) async throws {
    let failure = Failure(kind: .handler, typeName: "CourseError", messages: ["on purpose"], stage: "only")
    for delivery in deliveries where !delivery.begin() { throw Trouble("\(delivery.key) is not current") }
    _ = try await one.broker.commit(deliveries.map { Transition(of: $0, .failed(failure)) })
  }

  /// It is redriven, and complete again, and nobody holds it.
  private func redoAll(_ one: OneStage, _ run: RunID) async throws {
    let ticket = try #require(try await one.broker.ticket(of: run))
    _ = try await one.broker.control(.redrive(ticket, nil))
    try await one.succeed(await one.ready())
  }

  @Test func aRunThatIsRedrivenMeanwhile() async throws {
    let one = try OneStage(path)
    try await one.open()
    let run = try await one.submit(one.new()).run
    try await fail(await one.ready(), one)
    let ticket = try await reads(one) {
      try await one.broker.ticket(of: run)
    } while: {
      try await redoAll(one, run)
    }
    #expect(ticket?.round == 1 && ticket?.end?.outcome == .succeeded)
    // Nothing that happens to it is written under the key of what has happened already.
    _ = try await one.broker.control(.redrive(try #require(ticket), nil))
    #expect(try await one.broker.runCount(RunQuery(states: [.succeeded])) == 1)
    try await one.broker.close(timeout: nil)
  }

  @Test func aDeadLetterThatIsRedrivenMeanwhile() async throws {
    let one = try OneStage(path)
    try await one.open()
    let run = try await one.submit(one.new()).run
    try await fail(await one.ready(), one)
    let letters = try await reads(one) {
      try await one.broker.deadLetters(.all, limit: 10)
    } while: {
      try await redoAll(one, run)
    }
    #expect(letters.isEmpty)
    try await one.broker.close(timeout: nil)
  }

  @Test func aRunThatBeginsAndEndsMeanwhile() async throws {
    let one = try OneStage(path, inMemory: 1)
    try await one.open()
    _ = try await one.submit(one.new(1))
    let run = try await one.submit(one.new(2, caller: "two")).run
    let ticket = try await reads(one) {
      try await one.submit(one.new(2, caller: "two"))
    } while: {
      for _ in 0..<2 {
        try await one.succeed(await one.ready())
        _ = try await one.broker.commit([])
      }
    }
    #expect(ticket.run == run && ticket.end?.outcome == .succeeded)
    try await one.broker.close(timeout: nil)
  }

  @Test func aRunOfTheSameIdThatIsStoredMeanwhile() async throws {
    let one = try OneStage(path)
    try await one.open()
    _ = try await one.submit(one.new(1, caller: "one"))
    let submitted = try await reads(one) {
      try await one.broker.submit([one.new(1, caller: "one"), one.new(2, caller: "two")])
    } while: {
      _ = try await one.submit(one.new(2, caller: "two"))
      // All the time others store some.
      for number in 3..<10 { _ = try await one.submit(one.new(number, caller: "\(number)")) }
    }
    for submission in submitted.submissions {
      guard case .existing = submission else { return #expect(Bool(false), "\(submission) is made once more") }
    }
    #expect(one.gate.count(.findsRun) == 1)
    #expect(try await one.broker.runCount(RunQuery()) == 9)
    try await one.broker.close(timeout: nil)
  }

  @Test func nothingIsKeptLongerThanSomebodyReads() throws {
    let (ledgers, entry) = (Ledgers(limit: 1) { 0 }, try OneStage(path).stage)
    var readers = FileReaders()
    func keep(_ number: Int64, callerID: String? = nil) -> Bool {
      let run = DurableRun(NewRun(entry: entry, payload: .nothing), number: number, in: ledgers)
      return readers.keep(run, callerID: callerID)
    }
    var isKept = [keep(0)]
    let first = readers.begin()
    isKept.append(keep(1, callerID: "one"))
    let second = readers.begin()
    isKept.append(keep(2))
    let afterFirst = readers.end(first)
    isKept.append(keep(3))
    let afterSecond = readers.end(second)
    isKept.append(keep(4))
    #expect(isKept == [false, true, true, true, false])
    #expect(afterFirst.callerIDs == ["one"] && afterFirst.runs.map(\.number) == [1])
    #expect(afterSecond.callerIDs == [] && afterSecond.runs.map(\.number) == [2, 3])
    let (third, fourth) = (readers.begin(), readers.begin())
    _ = keep(5)
    let (afterFourth, afterThird) = (readers.end(fourth), readers.end(third))
    #expect(afterFourth.runs.isEmpty && afterThird.runs.map(\.number) == [5])
  }
  @Test func whatIsDeletedIsKnownToBeForAsLongAsSomebodyReads() {
    var readers = FileReaders()
    for number in 1...3 as ClosedRange<Int64> { readers.delete(number) }
    #expect(readers.isDeleted(1) && !readers.isDeleted(4))
    readers.settle([1], areDeleted: true)
    #expect(!readers.isDeleted(1))
    let reader = readers.begin()
    readers.settle([2], areDeleted: true)
    readers.settle([3], areDeleted: false)
    #expect(readers.isDeleted(2) && !readers.isDeleted(3))
    _ = readers.end(reader)
    #expect(!readers.isDeleted(2))
  }

  @Test func aRunThatIsDeletedMeanwhile() async throws {
    let one = try OneStage(path)
    try await one.open()
    let run = try await one.submit(one.new(1, caller: "one")).run
    try await one.succeed(await one.ready())
    func prune() async throws { #expect(try await one.broker.prune(Retention(age: nil, runs: 0)) == 1) }
    let again = try await reads(one) {
      try await one.submit(one.new(2, caller: "one")).run
    } while: {
      try await prune()
    }
    // It is a new one, for the old one is forgotten.
    #expect(again != run)
    try await one.succeed(await one.ready())
    let ticket = try await reads(one) {
      try await one.broker.ticket(of: again)
    } while: {
      try await prune()
    }
    #expect(ticket == nil)
    try await one.broker.close(timeout: nil)
  }
}
