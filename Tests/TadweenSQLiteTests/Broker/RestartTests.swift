import Foundation
import TadweenSQLite
import Testing

@testable import Tadween

/// The next process goes on with what the last one left (rules R8, R10, R11).
@Suite(.timeLimit(.minutes(2))) struct RestartTests {
  /// Two stages; the second stands still in the first process.
  private func pair(_ workflow: Workflow, _ diary: Diary, _ process: String, stands: Bool) throws {
    let first = try workflow.addStage("first") { (number: Int, context: HandlerContext) in
      diary.write("\(process) first \(number) attempt \(context.attempt)")
      return number + 1
    }
    let second = try workflow.addStage("second") { (number: Int, context: HandlerContext) in
      diary.write("\(process) second \(number) attempt \(context.attempt)")
      if stands { try await stand() }
      return number * 2
    }
    try workflow.link(first, to: second)
  }

  @Test func whatRanWhenTheProcessDiedRunsAgainAndNothingElse() async throws {
    var processes = try Processes()
    let diary = Diary()
    let old = try await processes.workflow { try pair($0, diary, "old", stands: true) }
    _ = try await old.submit(20, id: "take 1")
    await diary.wait(for: "old second 21 attempt 1")
    try processes.die()
    let new = try await processes.workflow { try pair($0, diary, "new", stands: false) }
    let run = try await new.submit(20, id: "take 1")
    let end = try await run.end()
    #expect(end.outcome == .succeeded)
    #expect(try end.outputs.map { try $0.output.converted(to: Int.self) } == [42])
    #expect(
      diary.lines == ["old first 20 attempt 1", "old second 21 attempt 1", "new second 21 attempt 1"])
    try await new.close()
    try? await old.close(timeout: .zero)
  }

  @Test func aCloseGivesBackWhatItCutAtNoCost() async throws {
    let processes = try Processes()
    let diary = Diary()
    let old = try await processes.workflow { try pair($0, diary, "old", stands: true) }
    _ = try await old.submit(20, id: "take 1")
    await diary.wait(for: "old second 21 attempt 1")
    await #expect(throws: TadweenError.self) { try await old.close(timeout: .milliseconds(20)) }
    // The same file, for its owner has closed it.
    for number in 0..<4 {
      let next = try await processes.workflow { try pair($0, diary, "\(number)", stands: number < 3) }
      await diary.wait(for: "\(number) second 21 attempt 1")
      if number < 3 {
        await #expect(throws: TadweenError.self) { try await next.close(timeout: .milliseconds(20)) }
        continue
      }
      // A fourth process would not have been let near it, had the others died.
      #expect(try await next.submit(20, id: "take 1").end().outcome == .succeeded)
      try await next.close()
    }
  }

  @Test func aWorkflowThatIsLetGoGivesBackWhatItCutAtNoCost() async throws {
    let processes = try Processes()
    let diary = Diary()
    for number in 0..<4 {
      let engine = try await {
        let workflow = try await processes.workflow { try pair($0, diary, "\(number)", stands: true) }
        _ = try await workflow.submit(20, id: "take 1")
        await diary.wait(for: "\(number) second 21 attempt 1")
        return try workflow.engine
      }()
      try await engine.hasEnded.wait()
    }
    let last = try await processes.workflow { try pair($0, diary, "last", stands: false) }
    #expect(try await last.submit(20, id: "take 1").end().outcome == .succeeded)
    #expect(diary.lines.filter { $0.hasPrefix("last") } == ["last second 21 attempt 1"])
    try await last.close()
  }

  @Test func aCloseThatIsCancelledGivesBackWhatItCutAtNoCost() async throws {
    let processes = try Processes()
    let diary = Diary()
    for number in 0..<4 {
      let workflow = try await processes.workflow { try pair($0, diary, "\(number)", stands: true) }
      _ = try await workflow.submit(20, id: "take 1")
      await diary.wait(for: "\(number) second 21 attempt 1")
      let closing = Task { try await workflow.close() }
      closing.cancel()
      await #expect(throws: CancellationError.self) { try await closing.value }
    }
    let last = try await processes.workflow { try pair($0, diary, "last", stands: false) }
    #expect(try await last.submit(20, id: "take 1").end().outcome == .succeeded)
    try await last.close()
  }

  /// What finishes well when its workflow is let go counts, whether or not there is room for what follows from it.
  @Test func whatFinishesWhereTheNextQueueIsFullIsNotLost() async throws {
    let processes = try Processes()
    let diary = Diary()
    func wire(_ workflow: Workflow, _ process: String, stands: Bool) throws {
      let first = try workflow.addStage("first", options: .init(taskQueue: .concurrent(4))) {
        (number: Int, context: HandlerContext) in
        diary.write("\(process) first \(number), \(context.delivery.crashes) crashes")
        if stands { try? await stand() }
        return number
      }
      let second = try workflow.addStage("second", options: .init(queueBound: 1)) { (number: Int) in number }
      try workflow.link(first, to: second)
    }
    let engine = try await {
      let workflow = try await processes.workflow { try wire($0, "old", stands: true) }
      _ = try await workflow.submit(contentsOf: 1...4, id: { "\($0)" })
      for number in 1...4 { await diary.wait(for: "old first \(number), 0 crashes") }
      return try workflow.engine
    }()
    try await engine.hasEnded.wait()
    let next = try await processes.workflow { try wire($0, "new", stands: false) }
    for run in try await next.submit(contentsOf: 1...4, id: { "\($0)" }) {
      #expect(try await run.end().outcome == .succeeded)
    }
    #expect(!diary.lines.contains { $0.hasPrefix("new") })
    try await next.close()
  }

  @Test func theThirdDeathOfItsProcessEndsAnActivation() async throws {
    var processes = try Processes()
    let diary = Diary()
    var living: [Workflow] = []
    for process in 1...3 {
      let workflow = try await processes.workflow { try pair($0, diary, "\(process)", stands: true) }
      _ = try await workflow.submit(20, id: "take 1")
      await diary.wait(for: "\(process) second 21 attempt 1")
      try processes.die()
      living.append(workflow)
    }
    let last = try await processes.workflow { try pair($0, diary, "4", stands: false) }
    let run = try await last.submit(20, id: "take 1")
    guard case .failed(let failures) = try await run.end().outcome else {
      Issue.record("it did not fail")
      return
    }
    #expect(failures.map(\.kind) == [.crashed])
    #expect(!diary.lines.contains { $0.hasPrefix("4") })
    let letters = try await last.deadLetters.list()
    #expect(letters.map(\.crashes) == [3] && letters.map(\.stage) == ["second"])
    // Redriven, it counts from nought.
    #expect(try await run.redrive().end().outcome == .succeeded)
    try await last.close()
    for workflow in living { try? await workflow.close(timeout: .zero) }
  }

  @Test func aProcessThatDiesWhileItRecoversForgetsNoDeathBeforeIt() async throws {
    var processes = try Processes()
    let diary = Diary()
    var living: [Workflow] = []
    var dying = SQLiteBrokerOptions(synchronous: .off)
    dying.failpoint = { point in if point == .recoveryEnds { throw CocoaError(.fileReadNoSuchFile) } }
    for process in 1...3 {
      let workflow = try await processes.workflow { try pair($0, diary, "\(process)", stands: true) }
      _ = try await workflow.submit(20, id: "take 1")
      await diary.wait(for: "\(process) second 21 attempt 1")
      try processes.die()
      living.append(workflow)
      // It has read who died over what, and has not written it down.
      await #expect(throws: (any Error).self) {
        _ = try await processes.workflow(dying) { try pair($0, diary, "dying", stands: false) }
      }
      try processes.die()
    }
    let last = try await processes.workflow { try pair($0, diary, "4", stands: false) }
    guard case .failed(let failures) = try await last.submit(20, id: "take 1").end().outcome else {
      Issue.record("it did not fail")
      return
    }
    #expect(failures.map(\.kind) == [.crashed])
    try await last.close()
    // Its end came with the recovery, and is in the file like any other.
    #expect(try await SQLiteRunHistory(path: processes.path).runCount(.unfinished) == 0)
    for workflow in living { try? await workflow.close(timeout: .zero) }
  }

  @Test func aCallersIDStandsForItsRunInEveryProcess() async throws {
    let processes = try Processes()
    let diary = Diary()
    let first = try await processes.workflow { try pair($0, diary, "1", stands: false) }
    let run = try await first.submit(20, id: "take 1")
    let end = try await run.end()
    try await first.close()
    let second = try await processes.workflow { try pair($0, diary, "2", stands: false) }
    let again = try await second.submit(20, id: "take 1")
    #expect(again.id == run.id)
    #expect(try await again.end().outcome == end.outcome)
    #expect(try await again.end().outputs.map { try $0.output.converted(to: Int.self) } == [42])
    await #expect { _ = try await second.submit(21, id: "take 1") } throws: {
      ($0 as? TadweenError)?.code == .idConflict
    }
    #expect(try await second.run(run.id)?.outcome == .succeeded)
    try await second.close()
    #expect(diary.lines.count == 2)
  }

  private func failing(_ workflow: Workflow, _ options: StageOptions, fails: Bool, _ diary: Diary) throws {
    let first = try workflow.addStage("first", options: options) { (number: Int, context: HandlerContext) in
      diary.write("first \(number) attempt \(context.attempt)")
      if fails { throw CocoaError(.fileReadNoSuchFile) }
      return number + 1
    }
    let second = try workflow.addStage("second") { (number: Int) in number * 2 }
    try workflow.link(first, to: second)
  }

  @Test func whatFailedIsRedrivenByAnotherProcess() async throws {
    let processes = try Processes()
    let diary = Diary()
    let first = try await processes.workflow { try failing($0, StageOptions(), fails: true, diary) }
    let run = try await first.submit(1, id: "a")
    #expect(try await run.end().outcome != .succeeded)
    try await first.close()
    let second = try await processes.workflow { try failing($0, StageOptions(), fails: false, diary) }
    #expect(try await second.deadLetters.count() == 1)
    let letter = try #require(try await second.deadLetters.list().first)
    #expect(letter.stage == "first" && letter.run == run.id && letter.failure.typeName == "CocoaError")
    #expect(try await second.deadLetters.plan(letter)?.reopensRun == true)
    let again = try await second.deadLetters.redrive(letter)
    #expect(try await again.end().outcome == .succeeded)
    #expect(try await second.deadLetters.count() == 0)
    try await second.close()
    // The third knows both ends.
    let third = try await processes.workflow { try failing($0, StageOptions(), fails: false, diary) }
    let found = try #require(try await third.run(run.id))
    #expect(found.outcome == .succeeded && found.ticket.round == 1)
    #expect(found.ticket.end(of: 0)?.outcome != .succeeded)
    #expect(try await third.deadLetters.count() == 0)
    try await third.close()
  }

  @Test func whatIsParkedWaitsForADecisionInTheNextProcess() async throws {
    var processes = try Processes()
    let diary = Diary()
    let parked = StageOptions(park: Park(for: .seconds(3600)))
    let first = try await processes.workflow { try failing($0, parked, fails: true, diary) }
    _ = try await first.submit(1, id: "a")
    while try await first.parked.list().isEmpty { await Task.yield() }
    try processes.die()
    let second = try await processes.workflow { try failing($0, parked, fails: false, diary) }
    let list = try await second.parked.list()
    #expect(list.map(\.stage) == ["first"])
    try await second.parked.decide(try #require(list.first), .retry)
    #expect(try await second.submit(1, id: "a").end().outcome == .succeeded)
    #expect(try await second.parked.list().isEmpty)
    try await second.close()
    try? await first.close(timeout: .zero)
  }

  @Test func aRetryIsDueWhenItWasDue() async throws {
    var processes = try Processes()
    let diary = Diary()
    // Due in an hour by the clock on the wall, which goes on while no process lives.
    let options = StageOptions(retry: .fixed(.seconds(3600), maxAttempts: 2))
    let first = try await processes.workflow { try failing($0, options, fails: true, diary) }
    let old = try await first.submit(1, id: "a")
    while try await first.attempts(of: old.id).isEmpty { await Task.yield() }
    try processes.die()
    let later = Date() + 7200
    let second = try await processes.workflow(SQLiteBrokerOptions(synchronous: .off, wallClock: { later })) {
      try failing($0, options, fails: false, diary)
    }
    #expect(try await second.submit(1, id: "a").end().outcome == .succeeded)
    #expect(diary.lines == ["first 1 attempt 1", "first 1 attempt 2"])
    #expect(try await second.attempts(of: old.id).map(\.outcome) == [.retried, .succeeded, .succeeded])
    try await second.close()
    try? await first.close(timeout: .zero)
  }

  @Test func aSecondOwnerIsToldWhoTheFirstOneIs() async throws {
    let processes = try Processes()
    let diary = Diary()
    let first = try await processes.workflow { try pair($0, diary, "1", stands: false) }
    await #expect { _ = try await processes.workflow { try pair($0, diary, "2", stands: false) } } throws: { error in
      "\(error)".contains("is in use by process \(getpid())")
    }
    #expect(try SQLiteRunHistory(path: processes.path).owner?.contains("\(getpid())") == true)
    try await first.close()
    #expect(try SQLiteRunHistory(path: processes.path).owner == nil)
    let third = try await processes.workflow { try pair($0, diary, "3", stands: false) }
    try await third.close()
  }
}
