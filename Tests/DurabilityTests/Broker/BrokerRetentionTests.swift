import GRDB
import Testing

@testable import Tadween
@testable import TadweenSQLite

/// Letting go of runs takes several steps, between which others end.
@Suite(.timeLimit(.minutes(1))) struct BrokerRetentionTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  @Test func whatEndsMeanwhileTakesNobodysPlace() async throws {
    let one = try OneStage(
      folder.path("runs.sqlite"), inMemory: 10_000, retention: Retention(age: nil, runs: 1000))
    try await one.open()
    _ = try await one.broker.submit((0..<300).map { one.new($0) })
    let early = await one.ready()
    _ = try await one.broker.submit((300..<2301).map { one.new($0) })
    try await one.succeed(await one.ready())
    // Nobody holds those any more; with the next write a thousand of them are let go, and one more is to be.
    try await one.succeed(Array(early.prefix(1)))
    #expect(try await left(one) == 1002)
    // Those were submitted before all of them.
    try await one.succeed(Array(early.dropFirst()))
    #expect(try await left(one) == 1300)
    try await one.broker.close(timeout: nil)
  }

  /// How many runs there are once what is let go after the last write has gone.
  private func left(_ one: OneStage) async throws -> Int {
    try await one.broker.connection.withLock { $0 }?.database.writeWithoutTransaction { _ in }
    return try await one.broker.runCount(RunQuery(states: [.succeeded]))
  }
}
