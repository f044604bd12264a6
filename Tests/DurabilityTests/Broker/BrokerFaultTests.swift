import DurabilityTesting
import Foundation
import GRDB
import Testing

@testable import Tadween
@testable import TadweenSQLite
@testable import TadweenTesting

/// The disk refuses something while a durable broker works on it: whoever called is told so, nothing is said to be done that is
/// not, and when the disk is well again, so is the broker.
@Suite struct BrokerFaultTests {
  static let file = "runs.sqlite"

  private func broker(_ disk: LosingDisk) -> SQLiteBroker {
    SQLiteBroker(
      path: disk.path(Self.file),
      options: SQLiteBrokerOptions(longestPayloadInRow: 2, retention: .forever))
  }

  /// A course in which the disk refuses this operation and all after it, until somebody was told of it so often.
  ///
  /// - Returns: Whether anybody was.
  private func isMet(_ kind: DiskOperation.Kind, from first: Int, _ answer: DiskFault.Answer, seed: UInt64) async throws
    -> Bool
  {
    let disk = LosingDisk()
    let path = disk.path(Self.file)
    let course = Course(try CourseGraph(), seed: seed, runs: 5)
    let told = Locked(0)
    course.whatThrows = { error in
      if !answer.isSaid(by: error, of: path) { course.complain("\(kind) \(first): \(error)") }
      // The second time, somebody mends the disk.
      if told.withLock({
        $0 += 1; return $0
      }) == 2 {
        disk.setFault(nil)
      }
      return .again
    }
    disk.setFault(DiskFault(kind, from: first, answer))
    for goal in [.steps(8), .steps(8), .end] as [Course.Goal] {
      let broker = broker(disk)
      #expect(try await course.live(broker, until: goal), "\(kind) \(first)")
      try? await broker.close(timeout: nil)
    }
    disk.setFault(nil)
    #expect(course.problems == [], "\(kind) \(first), \(answer)")
    // What the next process finds.
    let later = Course(try CourseGraph(), seed: seed + 1_000_000, runs: 6, knowing: course.known.withLock { $0 })
    let last = broker(disk)
    #expect(try await later.live(last, until: .end))
    try await last.close(timeout: nil)
    #expect(later.problems == [], "\(kind) \(first), \(answer), later")
    let check = try await DatabaseQueue(path: path).read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
    #expect(check == ["ok"])
    return told.withLock { $0 } > 0
  }

  /// Every so many, so that all parts of a course are met.
  @Test(
    arguments: [
      (.write, .full, 1), (.write, .inputOutputError, 13), (.sync, .inputOutputError, 1), (.read, .inputOutputError, 7),
      (.open, .inputOutputError, 1), (.truncate, .inputOutputError, 1), (.delete, .inputOutputError, 1),
    ] as [(DiskOperation.Kind, DiskFault.Answer, Int)])
  func whatIsRefusedIsSaidAndDoneWhenTheDiskIsWell(
    _ kind: DiskOperation.Kind, _ answer: DiskFault.Answer, _ stride: Int
  ) async throws {
    var met = 0
    for (seed, first) in Swift.stride(from: 1, to: 12 * stride, by: stride).enumerated() {
      if try await isMet(kind, from: first, answer, seed: UInt64(seed % 3)) { met += 1 }
    }
    // Which of them SQLite does without is its own affair.
    let least: [DiskOperation.Kind: Int] = [.write: 11, .sync: 11, .read: 10, .open: 3]
    #expect(met >= least[kind] ?? 0, "\(kind)")
  }
}
