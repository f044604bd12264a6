import Foundation
import TadweenSQLite
import Testing

@testable import Tadween

/// What is remembered of runs, and for how long.
@Suite(.timeLimit(.minutes(2))) struct HistoryTests {
  private func wire(_ workflow: Workflow, _ diary: Diary = Diary()) throws {
    let first = try workflow.addStage("first", options: StageOptions(retry: .fixed(.zero, maxAttempts: 2))) {
      (number: Int, context: HandlerContext) in
      diary.write("first \(number)")
      if number < 0 || number == 7 && context.attempt == 1 { throw CocoaError(.fileReadNoSuchFile) }
      return number
    }
    let second = try workflow.addStage("second") { (number: Int) in
      diary.write("second \(number)")
      return number * 2
    }
    try workflow.link(first, to: second)
  }

  @Test("retention does not let a run go whose redrive is still to be written")
  func whatIsBeingRedrivenStays() async throws {
    let processes = try Processes()
    let (isFailing, refuses) = (Locked(true), Locked(false))
    var options = SQLiteBrokerOptions(synchronous: .off)
    options.failpoint = { point in
      if point == .writeBegins, refuses.withLock({ $0 }) { throw Refusal() }
    }
    let broker = SQLiteBroker(path: processes.path, options: options)
    let workflow = Workflow(name: "test", broker: broker, logger: .silent)
    try workflow.addStage("only") { (number: Int) in
      if isFailing.withLock({ $0 }) { throw Refusal() }
      return number
    }
    try await workflow.build()
    let run = try await workflow.submit(1)
    guard case .failed = try await run.end().outcome else { throw Refusal() }
    isFailing.withLock { $0 = false }
    refuses.withLock { $0 = true }
    await #expect(throws: (any Error).self) { _ = try await run.redrive() }
    refuses.withLock { $0 = false }
    #expect(try await broker.prune(Retention(age: .zero, runs: nil)) == 0)
    // The next write has the redrive in it.
    _ = try await workflow.submit(2).end()
    // What was answered with an error is done all the same, and is counted.
    try await workflow.waitUntilIdle()
    #expect(try workflow.snapshot().unfinishedRuns == 0)
    #expect(try await workflow.run(run.id)?.outcome == .succeeded)
    try await workflow.close()
    let left = try await SQLiteRunHistory(path: processes.path).runs(RunQuery(), limit: 10, offset: 0)
    #expect(left.map(\.id).contains(run.id))
  }

  private struct Refusal: Error {}

  @Test func runsAndAttemptsAreFound() async throws {
    let processes = try Processes()
    let workflow = try await processes.workflow { try wire($0) }
    for number in [1, 7, -1] {
      _ = try await workflow.submit(number, id: "number \(number)", metadata: [MetadataKey("k"): "v"]).end()
    }
    let all = try await workflow.runs()
    #expect(all.map(\.callerID) == ["number -1", "number 7", "number 1"])
    #expect(all.map(\.state) == [.failed, .succeeded, .succeeded])
    #expect(all.allSatisfy { $0.entry == "first" && $0.metadata[MetadataKey("k")] == "v" && $0.finished != nil })
    #expect(try await workflow.runs(limit: 1, offset: 1).map(\.callerID) == ["number 7"])
    #expect(try await workflow.runs(.unfinished).isEmpty)
    #expect(try await workflow.runs(RunQuery(states: [.failed], stage: "first")).map(\.callerID) == ["number -1"])
    #expect(try await workflow.runs(RunQuery(stage: "second")).map(\.callerID) == ["number 7", "number 1"])
    #expect(
      try await workflow.runs(RunQuery(failureKind: .handler)).map(\.callerID) == ["number -1", "number 7"])
    #expect(try await workflow.runs(RunQuery(stage: "second", failureKind: .handler)).isEmpty)
    #expect(try await workflow.runCount(RunQuery(callerID: "number 7")) == 1)
    #expect(try await workflow.runCount(RunQuery(before: Date() - 3600)) == 0)
    #expect(try await workflow.runCount(RunQuery(since: Date() - 3600)) == 3)
    let attempts = try await workflow.attempts(of: all[1].id)
    #expect(attempts.map(\.stage) == ["first", "first", "second"])
    #expect(attempts.map(\.outcome) == [.retried, .succeeded, .succeeded])
    #expect(attempts.map(\.attempt) == [1, 2, 1])
    #expect(attempts[0].failure?.typeName == "CocoaError")
    #expect(attempts.allSatisfy { $0.began.map { [ended = $0.ended] in $0 <= ended } ?? false })
    // From outside, while it works.
    let outside = try SQLiteRunHistory(path: processes.path)
    #expect(try await outside.runCount(RunQuery(states: [.succeeded])) == 2)
    #expect(try await outside.attempts(of: all[2].id).count == 2)
    try await workflow.close()
    #expect(try await outside.runs(.all, limit: 10, offset: 0).count == 3)
  }

  @Test func aForkUsesWhatHadSucceeded() async throws {
    let processes = try Processes()
    let diary = Diary()
    let workflow = try await processes.workflow { try wire($0, diary) }
    let run = try await workflow.submit(4)
    _ = try await run.end()
    let fork = try await workflow.fork(run.id, redoing: ["second"], id: "again")
    #expect(try await fork.end().outcome == .succeeded)
    #expect(fork.id != run.id)
    #expect(diary.lines == ["first 4", "second 4", "second 4"])
    #expect(try await workflow.attempts(of: fork.id).map(\.isReused) == [true, false])
    let record = try #require(try await workflow.runs(RunQuery(callerID: "again")).first)
    #expect(record.origin == run.id)
    // Nothing is left to do.
    let whole = try await workflow.fork(run.id)
    #expect(try await whole.end().outputs.map { try $0.output.converted(to: Int.self) } == [8])
    #expect(diary.lines.count == 3)
    await #expect(throws: TadweenError.self) { _ = try await workflow.fork(run.id, redoing: ["third"]) }
    try await workflow.waitUntilIdle()
    try await workflow.close()
    let next = try await processes.workflow { try wire($0, diary) }
    #expect(try await next.run(fork.id)?.outcome == .succeeded)
    try await next.close()
  }

  @Test func onlyTheLastRunsAreRemembered() async throws {
    let processes = try Processes()
    let workflow = try await processes.workflow(
      SQLiteBrokerOptions(synchronous: .off, retention: Retention(age: nil, runs: 100))
    ) { try wire($0) }
    for start in stride(from: 0, to: 4000, by: 500) {
      for run in try await workflow.submit(contentsOf: start..<start + 500) { _ = try await run.end() }
    }
    let count = try await workflow.runCount()
    #expect(count <= 1100 + 500, "\(count)")
    try await workflow.close()
  }

  @Test func runsThatSomebodyHoldsKeepNoOthers() async throws {
    let processes = try Processes()
    let workflow = try await processes.workflow(
      SQLiteBrokerOptions(synchronous: .off, retention: Retention(age: nil, runs: 100))
    ) { try wire($0) }
    let held = try await workflow.submit(contentsOf: 0..<1200)
    for run in held { _ = try await run.end() }
    for start in stride(from: 2000, to: 6000, by: 500) {
      for run in try await workflow.submit(contentsOf: start..<start + 500) { _ = try await run.end() }
    }
    // The oldest are held: none of the others need be remembered for them, but the last hundred are.
    let count = try await workflow.runCount()
    #expect(count >= 1300 && count <= 1200 + 1100 + 500, "\(count)")
    #expect(try await workflow.run(held[0].id)?.outcome == .succeeded)
    let last = try await workflow.runs(RunQuery(), limit: 100).compactMap(\.finished)
    #expect(last.count == 100)
    try await workflow.close()
  }

  @Test func theLastRunsStayThoughOlderOnesAreHeld() async throws {
    let processes = try Processes()
    let broker = SQLiteBroker(
      path: processes.path, options: SQLiteBrokerOptions(synchronous: .off, retention: .forever))
    let workflow = Workflow(name: "test", broker: broker, logger: .silent)
    try workflow.addStage("only") { (number: Int) in number }
    try await workflow.build()
    let held = try await workflow.submit(contentsOf: 0..<3)
    for run in held { _ = try await run.end() }
    var last: [RunID] = []
    for number in 3..<10 {
      let run = try await workflow.submit(number)
      _ = try await run.end()
      last.append(run.id)
    }
    // Ten, of which the last four stay, and the three that are held.
    #expect(try await broker.prune(Retention(age: nil, runs: 4)) == 3)
    let left = try await workflow.runs(RunQuery()).map(\.id)
    #expect(Set(left) == Set(held.map(\.id) + last.suffix(4)))
    withExtendedLifetime(held) {}
    try await workflow.close()
  }

  @Test(
    "what cannot be meant is refused, and however long or many means all",
    arguments: [
      Retention(age: Duration(secondsComponent: .max, attosecondsComponent: 0), runs: .max),
      Retention(age: .seconds(-1), runs: nil),
      Retention(age: nil, runs: -1),
    ])
  func theLimitsOfRetention(_ retention: Retention) async throws {
    let processes = try Processes()
    let isMeant = retention.runs == .max
    let broker = SQLiteBroker(
      path: processes.path,
      options: SQLiteBrokerOptions(synchronous: .off, retention: isMeant ? retention : .forever))
    let workflow = Workflow(name: "test", broker: broker, logger: .silent)
    try workflow.addStage("only") { (number: Int) in number }
    try await workflow.build()
    for number in 0..<3 { _ = try await workflow.submit(number).end() }
    if isMeant {
      #expect(try await broker.prune(retention) == 0)
    } else {
      let error = await #expect(throws: TadweenError.self) { try await broker.prune(retention) }
      #expect(error?.code == .invalidArgument && error?.message.contains("or nil") == true)
    }
    #expect(try await workflow.runCount() == 3)
    try await workflow.close()
  }

  @Test func theFileShrinks() async throws {
    let processes = try Processes()
    let broker = SQLiteBroker(
      path: processes.path, options: SQLiteBrokerOptions(synchronous: .off, retention: .forever))
    let workflow = Workflow(name: "test", broker: broker, logger: .silent)
    try workflow.addStage("only") { (text: String) in text }
    try await workflow.build()
    for run in try await workflow.submit(contentsOf: (0..<500).map { "\($0)" + String(repeating: "x", count: 4000) }) {
      _ = try await run.end()
    }
    let held = try await workflow.submit("held")
    _ = try await held.end()
    func size() throws -> Int {
      try FileManager.default.attributesOfItem(atPath: processes.path)[.size] as? Int ?? 0
    }
    _ = try await broker.prune(.forever)
    let before = try size()
    #expect(before > 4_000_000)
    #expect(try await broker.prune(Retention(age: nil, runs: 1)) >= 499)
    #expect(try size() < 200_000)
    // Whoever holds a run can still ask for it.
    #expect(try await workflow.run(held.id)?.outcome == .succeeded)
    try await workflow.close()
  }

  @Test func whatIsOldGoes() async throws {
    let processes = try Processes()
    let now = Locked(Date())
    let options = SQLiteBrokerOptions(
      synchronous: .off, retention: Retention(age: .seconds(3600), runs: nil), wallClock: { now.withLock { $0 } })
    let workflow = try await processes.workflow(options) { try wire($0) }
    for number in 0..<10 { _ = try await workflow.submit(number).end() }
    now.withLock { $0 += 3000 }
    _ = try await workflow.submit(100).end()
    #expect(try await workflow.runCount() == 11)
    now.withLock { $0 += 1000 }
    _ = try await workflow.submit(101).end()
    _ = try await workflow.submit(102).end()
    #expect(try await workflow.runCount() <= 4)
    try await workflow.close()
  }
}
