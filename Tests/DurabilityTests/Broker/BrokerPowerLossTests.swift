import DurabilityTesting
import Foundation
import GRDB
import Testing

@testable import Tadween
@testable import TadweenSQLite
@testable import TadweenTesting

/// Power is lost at any moment of a durable broker's work: what was acknowledged is there, nothing is half there, and it goes
/// on to the end.
@Suite struct BrokerPowerLossTests {
  static let file = "runs.sqlite"

  private func options(_ synchronous: SQLiteOptions.Synchronous = .full, inMemory: Int = 100) -> SQLiteBrokerOptions {
    SQLiteBrokerOptions(synchronous: synchronous, runsInMemory: inMemory, longestPayloadInRow: 2)
  }

  /// Works until the power goes, as successive processes: some close, some die, and the last one works to the end.
  private func work(_ disk: LosingDisk, _ course: Course, _ options: SQLiteBrokerOptions) async throws {
    // A broker that died keeps its connections to the end, so that nothing is tidied up after it.
    var dead: [SQLiteBroker] = []
    for goal in [.steps(8), .steps(8), .end] as [Course.Goal] {
      let broker = SQLiteBroker(path: disk.path(Self.file), options: options)
      guard try await course.live(broker, until: goal) else { break }
      if Bool.random(using: &course.random) { try? await broker.close(timeout: nil) } else { dead.append(broker) }
    }
    disk.losePower()
    withExtendedLifetime(dead) {}
  }

  /// What is wrong after a loss of power at some moment.
  private func losses(
    _ seed: UInt64, syncs: Bool = true, _ synchronous: SQLiteOptions.Synchronous = .full, operations: Int
  ) async throws -> [String] {
    var random = SeededGenerator(seed: seed, stream: 0)
    let disk = LosingDisk(syncs: syncs)
    let end = Int.random(in: 1...operations, using: &random)
    disk.losePower(at: end)
    let course = Course(try CourseGraph(), seed: seed, runs: 5)
    try await work(disk, course, options(synchronous, inMemory: seed % 3 == 0 ? 2 : 100))
    let folder = try Folder()
    try disk.afterLoss(&random, in: folder.url)
    var problems = course.problems
    do {
      let path = folder.path(Self.file)
      let left = Course(try CourseGraph(), seed: seed + 1_000_000, runs: 6, knowing: course.known.withLock { $0 })
      var thrown: (any Error)?
      left.whatThrows = { error in
        thrown = error
        return .dies
      }
      let broker = SQLiteBroker(path: path, options: options(.off))
      if try await !left.live(broker, until: .end) { problems.append("it threw \(thrown as Any)") }
      problems += left.problems
      try await broker.close(timeout: nil)
      let check = try await DatabaseQueue(path: path).read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
      if check != ["ok"] { problems.append("\(check)") }
    } catch { problems.append("\(error)") }
    return problems.isEmpty ? [] : ["seed \(seed), operation \(end):"] + problems
  }

  /// How much the work asks of the disk, which is everything that can be lost.
  private func operations() async throws -> Int {
    let disk = LosingDisk()
    let course = Course(try CourseGraph(), seed: 0, runs: 5)
    course.whatThrows = { error in
      Issue.record(error)
      return .dies
    }
    try await work(disk, course, options())
    #expect(course.problems == [])
    let known = course.known.withLock { $0 }
    #expect(known.submitted.count == 5 && known.doubtful.isEmpty && known.announced.count == 5, "\(known)")
    let log = disk.log
    for (kind, role) in [(.write, .wal), (.sync, .wal), (.write, .database), (.sync, .database)]
      as [(DiskOperation.Kind, DiskOperation.Role)]
    {
      #expect(log.contains { $0.kind == kind && $0.role == role }, "\(kind) \(role)")
    }
    return log.count
  }

  @Test(
    "500 losses of power leave all that was acknowledged, nothing half, and it goes on",
    arguments: 0..<10 as Range<UInt64>)
  func everythingAcknowledgedIsThereWhereverThePowerGoes(_ part: UInt64) async throws {
    let operations = try await operations()
    let share = UInt64(amount("TADWEEN_BROKER_LOSSES", otherwise: 500) / 10)
    for seed in part * share..<(part + 1) * share {
      let problems = try await losses(seed, operations: operations)
      if !problems.isEmpty { Issue.record("\(problems.joined(separator: "\n"))") }
    }
  }

  /// The test sees what it is for.
  @Test func onADiskThatLiesItIsNot() async throws {
    let operations = try await operations()
    var broken = 0
    for seed in 0..<25 as Range<UInt64> where try await !losses(seed, syncs: false, operations: operations).isEmpty {
      broken += 1
    }
    #expect(broken > 12)
  }

  @Test func withoutSyncingItIsNot() async throws {
    let operations = try await operations()
    var broken = 0
    for seed in 0..<25 as Range<UInt64> where try await !losses(seed, .off, operations: operations).isEmpty {
      broken += 1
    }
    #expect(broken > 12)
  }

  @Test("every transaction is synced with FULL; with NORMAL and OFF none is")
  func syncs() async throws {
    for synchronous in [SQLiteOptions.Synchronous.full, .normal, .off] {
      let disk = LosingDisk()
      let broker = SQLiteBroker(path: disk.path(Self.file), options: options(synchronous))
      let course = Course(try CourseGraph(), seed: 5, runs: 5)
      #expect(try await course.live(broker, until: .steps(1)))
      let (syncs, commits) = (disk.syncCount, broker.statistics.commits)
      course.runs = 0
      let graph = course.graph.graph
      for number in 0..<20 {
        _ = try await broker.submit([NewRun(entry: graph.entries[0], payload: CourseGraph.payload(number))])
      }
      #expect(broker.statistics.commits - commits == 20)
      #expect(disk.syncCount - syncs == (synchronous == .full ? 20 : 0), "\(synchronous)")
    }
  }
}
