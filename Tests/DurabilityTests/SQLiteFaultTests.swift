import DurabilityTesting
import Foundation
import GRDB
import Tadween
import TadweenSQLite
import Testing

/// The disk refuses something while SQLite works on it: the call says so and did nothing, and when the disk is well again, so
/// is the repository.
@Suite struct SQLiteFaultTests {
  typealias Store = SQLiteRepository<Paired>

  private func whole(_ store: Store) async throws -> [String] {
    try await store.filter(parts: .all).map { $0.problem ?? "\($0.root.id) \($0.root.generation)" }
  }

  /// At how many places the disk refused before a save met no refusal any more.
  private func refusals(_ kind: DiskOperation.Kind, _ answer: DiskFault.Answer) async throws -> Int {
    for first in 1... {
      let disk = LosingDisk()
      let path = disk.path("a.sqlite")
      let store = try Store(path: path)
      try await store.save(contentsOf: [Paired("a", 1, size: 9000), Paired("b", 1, size: 9000)])
      disk.setFault(DiskFault(kind, from: first, answer))
      let done: Bool
      do {
        try await store.save(contentsOf: [Paired("a", 2, size: 20_000), Paired("c", 2, size: 20_000)])
        done = true
      } catch {
        #expect(answer.isSaid(by: error, of: path), "\(kind) \(first): \(error)")
        done = false
      }
      disk.setFault(nil)
      let expected = done ? ["a 2", "b 1", "c 2"] : ["a 1", "b 1"]
      #expect(try await whole(store) == expected, "\(kind) \(first)")
      try await store.save(Paired("a", 3, size: 5000))
      try await store.save(Paired("c", 3, size: 5000))
      #expect(try await whole(Store(path: path)) == ["a 3", "b 1", "c 3"], "\(kind) \(first)")
      let check = try await DatabaseQueue(path: path).read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
      #expect(check == ["ok"])
      if done { return first - 1 }
    }
    return 0
  }

  @Test(arguments: [DiskFault.Answer.inputOutputError, .full])
  func aWriteThatIsRefusedAnywhereIsSaidAndLeavesNothing(_ answer: DiskFault.Answer) async throws {
    #expect(try await refusals(.write, answer) > 30)
  }

  @Test func aSyncThatIsRefusedIsSaidAndLeavesNothing() async throws {
    #expect(try await refusals(.sync, .inputOutputError) == 1)
  }

  /// The new database is whole or not there.
  @Test(arguments: [DiskOperation.Kind.open, .write, .sync])
  func aDatabaseThatCannotBeMadeIsMadeLater(_ kind: DiskOperation.Kind) async throws {
    for first in 1... {
      let disk = LosingDisk()
      let path = disk.path("a.sqlite")
      disk.setFault(DiskFault(kind, from: first, .inputOutputError))
      let store: Store?
      do { store = try Store(path: path) } catch {
        #expect(DiskFault.Answer.inputOutputError.isSaid(by: error, of: path), "\(kind) \(first): \(error)")
        store = nil
      }
      disk.setFault(nil)
      let later = try store ?? Store(path: path)
      try await later.save(Paired("a", 1, size: 100))
      #expect(try await whole(later) == ["a 1"])
      if store == nil { continue }
      #expect(first > 1)
      return
    }
  }

  /// What is in the WAL is moved into the database when it has grown. Where that fails, what was saved is saved.
  @Test(arguments: [1, 2, 10, 500])
  func aCheckpointThatFailsFailsNoSave(_ first: Int) async throws {
    let disk = LosingDisk()
    let store = try Store(path: disk.path("a.sqlite"))
    try await store.save(Paired("a", 1, size: 1_500_000))
    let before = disk.log.count
    try await store.save(Paired("b", 1, size: 300_000))
    let writes = disk.log[before...].count { $0.kind == .write }
    #expect(!disk.log.contains { $0.kind == .write && $0.role == .database && $0.offset > 1 << 20 })
    disk.setFault(DiskFault(.write, from: writes + first, .full))
    try await store.save(Paired("b", 2, size: 300_000))
    for number in 3..<8 {
      do { try await store.save(Paired("b", number, size: 300_000)) } catch {
        #expect(DiskFault.Answer.full.isSaid(by: error, of: disk.path("a.sqlite")))
        break
      }
      #expect(number < 7, "nothing was refused")
    }
    disk.setFault(nil)
    let generation = try await store.load("b").root.generation
    #expect(try await whole(store) == ["a 1", "b \(generation)"])
    for number in 10..<20 { try await store.save(Paired("b", number, size: 300_000)) }
    #expect(disk.log.contains { $0.kind == .write && $0.role == .database && $0.offset > 1 << 20 })
    #expect(try await whole(Store(path: disk.path("a.sqlite"))) == ["a 1", "b 19"])
  }

  @Test("every save that returns was synced once; with NORMAL none is, and with OFF nothing")
  func syncs() async throws {
    for (synchronous, expected) in [(SQLiteOptions.Synchronous.full, 20), (.normal, 0), (.off, 0)] {
      let disk = LosingDisk()
      let store = try Store(path: disk.path("a.sqlite"), options: SQLiteOptions(synchronous: synchronous))
      let before = disk.syncCount
      for number in 0..<20 { try await store.save(Paired("a", number, size: 100)) }
      #expect(disk.syncCount - before == expected, "\(synchronous)")
    }
  }
}
