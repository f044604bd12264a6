import GRDB
import TadweenSQLite
import Testing

@testable import Tadween

/// The program is another one, the runs are the same.
@Suite(.timeLimit(.minutes(2))) struct ChangedGraphTests {
  /// Leaves runs that stand at "b", and one that waits at "a".
  private func leaveRuns() async throws -> (Processes, old: Workflow, runs: [Run]) {
    var processes = try Processes()
    let diary = Diary()
    let old = try await processes.workflow { workflow in
      let a = try workflow.addStage("a") { (number: Int) in
        if number == 3 {
          diary.write("a stands")
          try await stand()
        }
        return number
      }
      let b = try workflow.addStage("b", options: StageOptions(taskQueue: .concurrent(2))) { (number: Int) in
        diary.write("b \(number)")
        try await stand()
        return number
      }
      try workflow.link(a, to: b)
    }
    let runs = try await old.submit(contentsOf: 1...3)
    for line in ["b 1", "b 2", "a stands"] { await diary.wait(for: line) }
    try processes.die()
    return (processes, old, runs)
  }

  @Test func whatIsSafeGoesOn() async throws {
    let (processes, old, runs) = try await leaveRuns()
    let broker = WatchedBroker(SQLiteBroker(path: processes.path))
    let workflow = Workflow(name: "test", broker: broker, logger: .silent)
    // "b" is gone.
    let a = try workflow.addStage("a") { (number: Int) in number }
    let c = try workflow.addStage("c") { (number: Int) in number * 10 }
    try workflow.link(a, to: c)
    try await workflow.build()
    let recovery = try #require(broker.recovery)
    // That "a" had succeeded still holds, and "c" follows from it: nothing of "b" was recorded.
    #expect(recovery.unfit.isEmpty)
    #expect(recovery.changes.contains("stage \"b\" is gone") && recovery.changes.contains("stage \"c\" is new"))
    for (number, run) in zip(1..., runs) {
      let again = try #require(try await workflow.run(run.id))
      #expect(try await again.end().outputs.map { try $0.output.converted(to: Int.self) } == [number * 10])
    }
    try await workflow.close()
    try? await old.close(timeout: .zero)
  }

  @Test func whatDoesNotFitIsListedAndKept() async throws {
    let (processes, old, runs) = try await leaveRuns()
    let broker = WatchedBroker(SQLiteBroker(path: processes.path))
    let workflow = Workflow(name: "test", broker: broker, logger: .silent)
    // "a" is gone, which has ended in two runs, and is the entry of the third.
    try workflow.addStage("b") { (number: Int) in number }
    try await workflow.build()
    let recovery = try #require(broker.recovery)
    #expect(Set(recovery.unfit.map(\.run)) == Set(runs.map(\.id)))
    #expect(recovery.unfit.allSatisfy { $0.reason.contains("\"a\"") }, "\(recovery.unfit)")
    #expect(recovery.deliveries.isEmpty && recovery.further == 0)
    // New work goes on beside it.
    #expect(try await workflow.submit(5).end().outcome == .succeeded)
    try await workflow.waitUntilIdle()
    try await workflow.close()
    // With the graph that they were made for, they go on.
    let again = try await processes.workflow { workflow in
      let a = try workflow.addStage("a") { (number: Int) in number }
      let b = try workflow.addStage("b") { (number: Int) in number }
      try workflow.link(a, to: b)
    }
    try await again.waitUntilIdle()
    #expect(try await again.runCount(RunQuery(states: [.succeeded])) == 4)
    try await again.close()
    try? await old.close(timeout: .zero)
  }

  @Test func aFileOfANewerVersionIsRefused() async throws {
    let processes = try Processes()
    let workflow = try await processes.workflow { try $0.addStage("only") { (number: Int) in number } }
    try await workflow.close()
    try await DatabaseQueue(path: processes.path).write { try $0.execute(sql: "PRAGMA user_version = 99") }
    await #expect { _ = try await processes.workflow { try $0.addStage("only") { (number: Int) in number } } } throws: {
      "\($0)".contains("newer version")
    }
  }

  private func chain(_ workflow: Workflow, _ names: [String], _ diary: Diary = Diary(), stands: String? = nil) throws {
    var last: StageReference<Int, Int>?
    for name in names {
      let next = try workflow.addStage(name) { (number: Int) in
        diary.write(name)
        if name == stands { try await stand() }
        return number
      }
      if let last { try workflow.link(last, to: next) }
      last = next
    }
  }

  @Test("a run that was complete, and is not where a stage was added below it, is no run to wait for")
  func aFinishedRunThatIsOpenInThisGraph() async throws {
    let processes = try Processes()
    let old = try await processes.workflow { try chain($0, ["a", "b"]) }
    let run = try await old.submit(1, id: "one")
    try await run.completion()
    try await old.close()
    let new = try await processes.workflow { try chain($0, ["a", "b", "c"]) }
    let error = await #expect(throws: TadweenError.self) { _ = try await new.submit(1, id: "one") }
    #expect(error?.code == .unsupported && error?.message.contains("it was complete") == true)
    await #expect(throws: TadweenError.self) { _ = try await new.run(run.id) }
    // What is asked of its row alone is known.
    #expect(try await new.runCount(RunQuery(states: [.succeeded])) == 1)
    try await new.close()
  }

  @Test("a run of which all that was open is gone is complete")
  func anUnfinishedRunThatIsCompleteInThisGraph() async throws {
    var processes = try Processes()
    let diary = Diary()
    let old = try await processes.workflow { try chain($0, ["a", "b"], diary, stands: "b") }
    let run = try await old.submit(1)
    await diary.wait(for: "b")
    try processes.die()
    let new = try await processes.workflow { try chain($0, ["a"]) }
    try await new.waitUntilIdle()
    #expect(try await new.runCount(RunQuery(states: [.succeeded])) == 1)
    #expect(try await new.run(run.id)?.outcome == .succeeded)
    #expect(try new.snapshot().unfinishedRuns == 0)
    try await new.close()
    try? await old.close(timeout: .zero)
  }

  @Test func aRunThatDoesNotFitIsNoRunToWaitFor() async throws {
    var processes = try Processes()
    let diary = Diary()
    let old = try await processes.workflow { try chain($0, ["a", "b", "c"], diary, stands: "c") }
    let run = try await old.submit(1, id: "one")
    await diary.wait(for: "c")
    try processes.die()
    // "b" has ended in it, and is gone.
    let new = try await processes.workflow { try chain($0, ["a", "d"]) }
    let error = await #expect(throws: TadweenError.self) { _ = try await new.run(run.id) }
    #expect(error?.code == .unsupported)
    await #expect(throws: TadweenError.self) { _ = try await new.submit(1, id: "one") }
    try await new.close()
    try? await old.close(timeout: .zero)
  }
}

/// Shows what a broker found.
private final class WatchedBroker: RunKeeping {
  let base: SQLiteBroker
  private let found = Locked<Recovery?>(nil)
  init(_ base: SQLiteBroker) { self.base = base }

  var recovery: Recovery? { found.withLock { $0 } }
  var handsOver: Bool { base.handsOver }
  var payloadEncoding: PayloadEncoding? { base.payloadEncoding }
  func open(_ graph: WorkflowGraph, observer: any RunObserver) async throws -> Recovery {
    let recovery = try await base.open(graph, observer: observer)
    found.withLock { $0 = recovery }
    return recovery
  }
  func submit(_ runs: [NewRun]) async throws -> SubmitResult { try await base.submit(runs) }
  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] {
    try await base.receive(from: stage, atMost: limit)
  }
  func commit(_ transitions: [Transition]) async throws -> CommitResult { try await base.commit(transitions) }
  func control(_ command: RunCommand) async throws -> CommitResult { try await base.control(command) }
  func close(timeout: Duration?) async throws { try await base.close(timeout: timeout) }
  func ticket(of run: RunID) async throws -> (any RunTicket)? { try await base.ticket(of: run) }
  func fork(
    _ ticket: any RunTicket, as fork: ForkedRun, redoing stages: Set<StageID>
  ) async throws -> SubmitResult { try await base.fork(ticket, as: fork, redoing: stages) }
}
