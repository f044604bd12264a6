import TadweenTesting
import Testing

@testable import Tadween
@testable import TadweenSQLite

/// What has no room in memory waits in the file.
@Suite(.timeLimit(.minutes(2))) struct BacklogTests {
  private let options = SQLiteBrokerOptions(synchronous: .off, runsInMemory: 3)

  private func wire(_ workflow: Workflow, _ diary: Diary, stands: Bool = false) throws {
    try workflow.addStage("only") { (number: Int) in
      diary.write("\(number)")
      if stands { try await stand() }
      return number
    }
  }

  @Test func allOfItRuns() async throws {
    let processes = try Processes()
    let diary = Diary()
    let workflow = try await processes.workflow(options) { try wire($0, diary) }
    let runs = try await workflow.submit(contentsOf: 0..<200)
    for run in runs { #expect(try await run.end().outcome == .succeeded) }
    #expect(Set(diary.lines) == Set((0..<200).map(String.init)))
    #expect(diary.lines.count == 200)
    try await workflow.waitUntilIdle()
    try await workflow.close()
  }

  @Test("what is parked keeps nothing waiting, and takes its place again when somebody has decided")
  func whatIsParkedTakesNoRoom() async throws {
    var processes = try Processes()
    func wire(_ workflow: Workflow, _ diary: Diary) throws {
      try workflow.addStage("only", options: .init(park: Park(for: .seconds(3600)))) { (number: Int) in
        diary.write("\(number)")
        if number % 2 == 0 { throw Refusal() }
        return number
      }
    }
    let diary = Diary()
    let first = try await processes.workflow(options) { try wire($0, diary) }
    _ = try await first.submit(contentsOf: 0..<20)
    for number in 0..<20 { await diary.wait(for: "\(number)") }
    while try await first.parked.list().count < 10 { await Task.yield() }
    try processes.die()
    let next = Diary()
    let second = try await processes.workflow(options) { try wire($0, next) }
    let runs = try await second.submit(contentsOf: [21, 23, 25, 27])
    for run in runs { #expect(try await run.end().outcome == .succeeded) }
    for parked in try await second.parked.list() { try await second.parked.decide(parked, .skip) }
    try await second.waitUntilIdle()
    #expect(try second.snapshot().unfinishedRuns == 0)
    try await second.close()
    try? await first.close(timeout: .zero)
  }

  @Test("a run of which one part is parked takes room for as long as another part runs")
  func whatIsHalfParkedTakesRoom() async throws {
    let processes = try Processes()
    let (diary, go) = (Diary(), Diary())
    let broker = SQLiteBroker(
      path: processes.path, options: SQLiteBrokerOptions(synchronous: .off, runsInMemory: 1))
    let workflow = Workflow(name: "test", broker: broker, logger: .silent)
    let first = try workflow.addStage("first") { (number: Int) in number }
    let parks = try workflow.addStage("parks", options: .init(park: Park(for: .seconds(3600)))) { (number: Int) in
      if number == 0 { throw Refusal() }
    }
    let works = try workflow.addStage("works") { (number: Int) in
      diary.write("\(number)")
      if number == 0 { await go.wait(for: "go") }
    }
    try workflow.link(first, to: parks)
    try workflow.link(first, to: works)
    try await workflow.build()
    _ = try await workflow.submit(0)
    await diary.wait(for: "0")
    while try await workflow.parked.list().isEmpty { await Task.yield() }
    #expect(broker.ledgers.withLock { $0.occupancy } == 1)
    let second = try await workflow.submit(1)
    go.write("go")
    #expect(try await second.end().outcome == .succeeded)
    try? await workflow.close(timeout: .zero)
  }

  @Test func theMostUrgentComesFirst() async throws {
    var processes = try Processes()
    let diary = Diary()
    let first = try await processes.workflow(options) { try wire($0, diary, stands: true) }
    _ = try await first.submit(0)
    await diary.wait(for: "0")
    for number in 1..<20 { _ = try await first.submit(number, priority: number % 2) }
    try processes.die()
    let next = Diary()
    let second = try await processes.workflow(options) { try wire($0, next) }
    #expect(try second.snapshot().unfinishedRuns == 20)
    try await second.waitUntilIdle()
    #expect(next.lines.count == 20)
    // What ran when the first process died is in memory before all others.
    #expect(next.lines.prefix(11).count { Int($0)! % 2 == 1 } == 10, "\(next.lines)")
    try await second.close()
    try? await first.close(timeout: .zero)
  }

  @Test("the time of a run that waited in the file for the next process begins when that takes it up")
  func itsTimeIsCounted() async throws {
    var processes = try Processes()
    let (diary, clock) = (Diary(), TestClock())
    let first = try await processes.workflow(options) { try wire($0, diary, stands: true) }
    _ = try await first.submit(0)
    await diary.wait(for: "0")
    for number in 1..<10 { _ = try await first.submit(number) }
    try processes.die()
    let next = Diary()
    let second = try await processes.workflow(options, runTimeout: .seconds(60), clock: clock) {
      try wire($0, next, stands: true)
    }
    // Each stands until its time is over.
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while !Task.isCancelled {
          try await clock.waitForSleepers(1)
          clock.advance(by: .seconds(60))
        }
      }
      try await second.waitUntilIdle()
      group.cancelAll()
    }
    #expect(try await second.runCount(RunQuery(states: [.failed])) == 10)
    try await second.close()
    try? await first.close(timeout: .zero)
  }

  @Test("runs that wait are read however many of those before them are in memory already")
  func whatIsParkedTakesNoTurn() async throws {
    var processes = try Processes()
    func park(_ workflow: Workflow, _ diary: Diary) throws {
      try workflow.addStage("only", options: .init(park: Park(for: .seconds(3600)))) { (number: Int) in
        if number < 2 { throw Refusal() }
        diary.write("\(number)")
        return number
      }
    }
    let first = try await processes.workflow(options) { try park($0, Diary()) }
    for number in 0..<2 { _ = try await first.submit(number) }
    while try await first.parked.list().count < 2 { await Task.yield() }
    try first.pause("only")
    for number in 2..<6 { _ = try await first.submit(number) }
    try processes.die()
    // What is parked is in memory before them, and comes first in the file too.
    let diary = Diary()
    let second = try await processes.workflow(options) { try park($0, diary) }
    for number in 2..<6 { await diary.wait(for: "\(number)") }
    try? await second.close(timeout: .zero)
    try? await first.close(timeout: .zero)
  }

  private struct Refusal: Error {}

  @Test func whatWaitsInTheFileCanBeCancelled() async throws {
    let processes = try Processes()
    let diary = Diary()
    let workflow = try await processes.workflow(options) { try wire($0, diary, stands: true) }
    var runs: [Run] = []
    for number in 0..<10 { runs.append(try await workflow.submit(number)) }
    for run in runs.dropFirst(1) { try await run.cancel() }
    for run in runs.dropFirst(1) { #expect(try await run.end().outcome == .cancelled) }
    try await runs[0].cancel()
    #expect(try await runs[0].end().outcome == .cancelled)
    #expect(try await workflow.runCount(RunQuery(states: [.cancelled])) == 10)
    try await workflow.waitUntilIdle()
    try await workflow.close()
  }
}
