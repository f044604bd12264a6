import DurabilityTesting
import Foundation
import GRDB
import Tadween
import TadweenSQLite
import Testing

/// Another connection has the database to itself.
@Suite struct SQLiteLockTests {
  typealias Store = SQLiteRepository<Paired>

  private func other(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  @Test func withinItsTimeASaveWaits() async throws {
    let disk = LosingDisk()
    let path = disk.path("a.sqlite")
    let store = try Store(path: path)
    let other = try other(path)
    try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
    let (waits, tell) = AsyncStream.makeStream(of: Void.self)
    disk.whenBusy { tell.yield() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await store.save(Paired("a", 1, size: 100)) }
      for await _ in waits { break }
      #expect(try await store.count() == 0)
      try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
      try await group.waitForAll()
    }
    #expect(try await store.load("a", parts: .all).problem == nil)
  }

  @Test func afterItsTimeItSaysWhoIsToBlame() async throws {
    let disk = LosingDisk()
    let path = disk.path("a.sqlite")
    let store = try Store(path: path, options: SQLiteOptions(busyTimeout: .milliseconds(5)))
    let other = try other(path)
    try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
    var error = try await tadweenError { try await store.save(Paired("a", 1, size: 100)) }
    #expect(error.code == .repositoryFailed && error.message.contains("another process has it locked"), "\(error)")
    #expect(error.message.contains(path) && error.message.contains("allow a longer busyTimeout"), "\(error)")
    // Nor can it be opened by one that has to make its tables.
    error = try await tadweenError {
      _ = try Store(path: path, table: "Other", options: SQLiteOptions(busyTimeout: .milliseconds(5)))
    }
    #expect(error.code == .repositoryFailed && error.message.contains("another process has it locked"), "\(error)")
    try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    try await store.save(Paired("a", 1, size: 100))
    #expect(try await store.load("a", parts: .all).problem == nil)
  }

  /// What the system wrote but not we: a journal in the rollback mode, a lock that keeps readers out too.
  @Test func oneThatLocksReadersOutIsNamed() async throws {
    let disk = LosingDisk()
    let path = disk.path("a.sqlite")
    try await Store(path: path).save(Paired("a", 1, size: 100))
    let other = try other(path)
    try await other.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; CREATE TABLE own (x); COMMIT")
    }
    let error = try await tadweenError {
      _ = try await Store(path: path, options: SQLiteOptions(busyTimeout: .milliseconds(5))).count()
    }
    #expect(error.code == .repositoryFailed && error.message.contains("another process has it locked"), "\(error)")
    try other.close()
    #expect(try await Store(path: path).count() == 1)
  }
}

/// What is thrown, which has to be ours.
func tadweenError(_ body: () async throws -> Void) async throws -> TadweenError {
  do { try await body() } catch let error as TadweenError { return error }
  throw Trouble("nothing was thrown")
}

/// What goes wrong in a test, with words to be found again.
struct Trouble: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
