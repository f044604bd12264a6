import DurabilityTesting
import Foundation
import GRDB
import Testing

@testable import Tadween
@testable import TadweenSQLite

/// Runs that wait in the file, where something goes wrong.
@Suite struct BrokerBacklogFaultTests {
  let folder: Folder
  var path: String { folder.path("runs.sqlite") }

  init() throws { folder = try Folder() }

  @Test func aRunThatIsSubmittedWhileOthersAreReadIsNotForgotten() async throws {
    let one = try OneStage(path, inMemory: 2)
    try await one.open()
    var tickets: [any RunTicket] = []
    for number in 0..<3 { tickets.append(try await one.submit(one.new(number))) }
    let ready = await one.ready()
    #expect(ready.map(\.run) == tickets.prefix(2).map(\.run))
    let steps = one.gate.count(.submitted)
    let open = one.gate.hold(.readsBacklog)
    async let committed = one.succeed(ready)
    await one.gate.wait(for: .readsBacklog, count: 1)
    async let fourth = one.submit(one.new(3))
    await one.gate.wait(for: .submitted, count: steps + 1)
    open()
    _ = try await committed
    let last = try await fourth
    try await one.settle()
    for _ in 0..<2 {
      try await one.succeed(await one.ready())
      try await one.settle()
    }
    #expect(tickets[2].end != nil && last.end != nil)
    #expect(try await one.broker.runCount(.unfinished) == 0)
    try await one.broker.close(timeout: nil)
  }

  @Test func askingForWhatWaitsLeavesItWaiting() async throws {
    let one = try OneStage(path, inMemory: 1)
    try await one.open()
    _ = try await one.submit(one.new(1))
    let waiting = try await one.submit(one.new(2))
    #expect(try await one.broker.previewRedrive(waiting, nil).isEmpty)
    #expect(try await one.broker.control(.redrive(waiting, nil)).redrive?.isEmpty == true)
    try await one.succeed(await one.ready())
    try await one.settle()
    let ready = await one.ready()
    #expect(ready.map(\.run) == [waiting.run])
    try await one.succeed(ready)
    #expect(waiting.end?.outcome == .succeeded)
    try await one.broker.close(timeout: nil)
  }

  @Test func whatIsReadWhenThereIsRoomIsAnnounced() async throws {
    let one = try OneStage(path, inMemory: 1)
    try await one.open()
    var announced = 0
    for number in 1...3 { announced += try await one.broker.submit([one.new(number)]).announced[one.stage] ?? 0 }
    #expect(announced == 1)
    for count in 2...4 {
      announced += try await one.succeed(await one.ready()).announced[one.stage] ?? 0
      announced += try await one.settle().announced[one.stage] ?? 0
      #expect(announced == min(count, 3))
    }
    try await one.broker.close(timeout: nil)
  }

  @Test func whatWasReadBeforeTheRestCouldNotBeIsGivenOut() async throws {
    let one = try OneStage(path, inMemory: 2)
    try await one.open()
    for number in 1...2 { _ = try await one.submit(one.new(number)) }
    let urgent = try await one.submit(one.new(3, priority: 2))
    let other = try await one.submit(one.new(4, priority: 1))
    one.gate.fail(.readsBacklog, after: 1)
    try await one.succeed(await one.ready())
    try await one.settle()
    let ready = await one.ready()
    #expect(Set(ready.map(\.run)) == [urgent.run, other.run])
    try await one.succeed(ready)
    #expect(urgent.end != nil && other.end != nil)
    try await one.broker.close(timeout: nil)
  }

  /// What ran is known to have crashed, whatever happens to the recovery.
  @Test func aCrashIsCountedThoughItsRecoveryFails() async throws {
    let one = try OneStage(path)
    try await one.open()
    _ = try await one.submit(one.new())
    #expect(try #require(await one.ready().first).begin())
    let copy = folder.path("copy.sqlite")
    for end in ["", "-wal", "-owner"] { try FileManager.default.copyItem(atPath: path + end, toPath: copy + end) }
    let next = try OneStage(copy)
    next.gate.fail(.writeBegins)
    await #expect(throws: Trouble.self) { try await next.open() }
    #expect(try await next.open().deliveries.map(\.crashes) == [1])
    try await next.broker.close(timeout: nil)
    try await one.broker.close(timeout: nil)
  }
}

extension OneStage {
  /// Waits for what the last write had read from the file, which comes after its answer; and has it tried again.
  @discardableResult
  fileprivate func settle() async throws -> CommitResult {
    try await broker.connection.withLock { $0 }?.database.writeWithoutTransaction { _ in }
    let result = try await broker.commit([])
    try await broker.connection.withLock { $0 }?.database.writeWithoutTransaction { _ in }
    return result
  }
}
