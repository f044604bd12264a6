import DurabilityTesting
import Foundation
import GRDB
import Testing

@testable import Tadween
@testable import TadweenSQLite

/// Several callers at one moment, of whom some fail; each of these went wrong once.
@Suite struct BrokerGroupTests {
  let folder: Folder
  var path: String { folder.path("runs.sqlite") }

  init() throws { folder = try Folder() }

  /// Whoever submits under an id that somebody else is just submitting under has nothing to rely on when that fails.
  @Test func aSubmissionUnderAnIdWhoseOtherSubmitterFailsIsStored() async throws {
    let one = try OneStage(path)
    try await one.open()
    let open = one.gate.hold(.writesRow, fails: true)
    async let first = one.submit(one.new(caller: "a"))
    await one.gate.wait(for: .writesRow, count: 1)
    async let second = one.submit(one.new(caller: "a"))
    await one.gate.wait(for: .submitted, count: 2)
    open()
    do {
      _ = try await first
      Issue.record("nothing was thrown")
    } catch { #expect(error is Trouble) }
    let ticket = try await second
    #expect(try await one.broker.runCount(RunQuery()) == 1)
    #expect(try await one.broker.ticket(of: ticket.run) === ticket)
    try await one.succeed(await one.ready())
    #expect(ticket.end?.outcome == .succeeded)
    try await one.broker.close(timeout: nil)
  }

  @Test func nobodyIsAnsweredBeforeItIsOnTheDisk() async throws {
    let one = try OneStage(path)
    try await one.open()
    let isWritten = Locked(false)
    let open = one.gate.hold(.writeEnds)
    one.gate.set(.written) { isWritten.withLock { $0 = true } }
    let run = one.new()
    async let submitted = one.submit(run)
    await one.gate.wait(for: .writeEnds, count: 1)
    // Nothing of it is to be had: neither its end nor its beginning.
    #expect(await one.ready().isEmpty)
    #expect(try await SQLiteRunHistory(path: path).runCount(RunQuery()) == 0)
    open()
    _ = try await submitted
    #expect(isWritten.withLock { $0 })
    #expect(await one.ready().count == 1)
    try await one.broker.close(timeout: nil)
  }

  /// What a failed write took along is stored by the next one, whosever it is.
  @Test func whatCouldNotBeWrittenIsWrittenWithTheNext() async throws {
    let one = try OneStage(path)
    try await one.open()
    let ticket = try await one.submit(one.new())
    let ready = await one.ready()
    one.gate.fail(.writeEnds)
    await #expect(throws: Trouble.self) { try await one.succeed(ready) }
    #expect(ticket.end == nil && one.announced.withLock { $0.isEmpty })
    _ = try await one.submit(one.new(2))
    #expect(try await SQLiteRunHistory(path: path).runCount(RunQuery(states: [.succeeded])) == 1)
    #expect(one.announced.withLock { $0.map(\.run) } == [ticket.run])
    try await one.broker.close(timeout: nil)
  }

  @Test func aRunThatIsRedrivenBeforeItsEndIsStoredIsCountedOnce() async throws {
    let one = try OneStage(path)
    try await one.open()
    let ticket = try await one.submit(one.new())
    let failure = Failure(kind: .handler, typeName: "CourseError", messages: ["on purpose"], stage: "only")
    let failed = Transition(of: try #require(await one.ready().first), .failed(failure))
    #expect(failed.delivery.begin())
    one.gate.fail(.writeEnds)
    await #expect(throws: Trouble.self) { _ = try await one.broker.commit([failed]) }
    let redrive = try await one.broker.control(.redrive(ticket, nil)).redrive
    #expect(redrive?.reopensRun == true)
    try await one.succeed(await one.ready())
    #expect(ticket.end?.outcome == .succeeded)
    #expect(one.broker.ledgers.withLock { $0.finishedCount } == 1)
    try await one.broker.close(timeout: nil)
  }

  /// Rows are only ever new: what is there under their keys is not what is to be written.
  @Test func whatIsThereAlreadyIsNoSuccess() async throws {
    let one = try OneStage(path)
    try await one.open()
    let run = one.new(1)
    let ticket = try await one.submit(run)
    let error = try await tadweenError {
      _ = try await one.broker.submit([NewRun(id: run.id, entry: one.stage, payload: CourseGraph.payload(2))])
    }
    #expect(error.code == .repositoryFailed && error.message.contains("\"\(path)\""), "\(error)")
    #expect(try await one.broker.runCount(RunQuery()) == 1)
    let queue = try DatabaseQueue(path: path)
    try await queue.write { db in
      try db.execute(sql: "INSERT INTO events (key, kind, at) VALUES (?, 2, 0)", arguments: [Journal.key(1, 1)])
    }
    let ready = await one.ready()
    _ = try await tadweenError { try await one.succeed(ready) }
    #expect(ticket.end == nil && one.announced.withLock { $0.isEmpty })
    try await queue.write { try $0.execute(sql: "DELETE FROM events") }
    _ = try await one.broker.commit([])
    #expect(ticket.end?.outcome == .succeeded)
    try await one.broker.close(timeout: nil)
  }

  /// What was commanded is told again, for the first answer was an error.
  @Test func aCommandThatIsRepeatedSaysWhatTheFirstOneDid() async throws {
    let one = try OneStage(path)
    try await one.open()
    let ticket = try await one.submit(one.new())
    let running = try #require(await one.ready().first)
    #expect(running.begin())
    one.gate.fail(.writeBegins)
    await #expect(throws: Trouble.self) { _ = try await one.broker.control(.cancel(ticket)) }
    let result = try await one.broker.control(.cancel(ticket))
    #expect(result.interrupts == [DeliveryID(run: ticket.run, key: running.key)])
    _ = try await one.broker.commit([Transition(of: running, .cancelled(nil))])
    #expect(ticket.end?.outcome == .cancelled)
    one.gate.fail(.writeBegins)
    await #expect(throws: Trouble.self) { _ = try await one.broker.control(.redrive(ticket, nil)) }
    let again = try await one.broker.control(.redrive(ticket, nil))
    #expect(again.redrive?.reopened.count == 1 && again.announced == [one.stage: 1])
    #expect(try await one.broker.control(.redrive(ticket, nil)).redrive?.isEmpty == true)
    try await one.broker.close(timeout: nil)
  }

  @Test func aBrokerIsClosedByWhoeverIsCancelledToo() async throws {
    let one = try OneStage(path)
    try await one.open()
    _ = try await one.submit(one.new())
    try await withThrowingTaskGroup(of: Void.self) { [broker = one.broker] group in
      group.cancelAll()
      group.addTask { try await broker.close(timeout: nil) }
      try await group.waitForAll()
    }
    let next = try OneStage(path)
    #expect(try await next.open().deliveries.count == 1)
    try await next.broker.close(timeout: nil)
  }
}
