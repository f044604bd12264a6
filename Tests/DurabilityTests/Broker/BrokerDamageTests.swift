import DurabilityTesting
import Foundation
import GRDB
import Testing

@testable import Tadween
@testable import TadweenSQLite
@testable import TadweenTesting

/// What is in a broker's database was changed by somebody else: it is said, or makes no difference that anybody could tell;
/// and never is it the end of the process.
@Suite struct BrokerDamageTests {
  private static func options() -> SQLiteBrokerOptions {
    SQLiteBrokerOptions(synchronous: .off, longestPayloadInRow: 2, retention: .forever)
  }

  /// A file with finished and unfinished runs, all of it in the database itself.
  private static func makeFile(in folder: Folder) async throws -> (path: String, known: Knowledge) {
    let path = folder.path("whole.sqlite")
    let course = Course(try CourseGraph(), seed: 3, runs: 8)
    let broker = SQLiteBroker(path: path, options: options())
    #expect(try await course.live(broker, until: .steps(35)))
    try await broker.close(timeout: nil)
    let (known, unfinished) = (
      course.known.withLock { $0 }, try await SQLiteRunHistory(path: path).runCount(.unfinished)
    )
    #expect(known.problems == [] && unfinished > 0 && unfinished < known.submitted.count)
    return (path, known)
  }

  /// Opens a file, and works to the end of it where it can.
  ///
  /// - Returns: What was said; empty: nothing.
  private static func work(_ path: String, _ known: Knowledge) async throws -> (errors: [any Error], problems: [String])
  {
    let course = Course(try CourseGraph(), seed: 4, runs: 9, knowing: known)
    let errors = Locked<[any Error]>([])
    course.whatThrows = { error in
      errors.withLock { $0.append(error) }
      return .dies
    }
    let broker = SQLiteBroker(path: path, options: options())
    do { _ = try await course.live(broker, until: .end) } catch { course.complain("\(error)") }
    do { try await broker.close(timeout: nil) } catch { errors.withLock { $0.append(error) } }
    return (errors.withLock { $0 }, course.problems)
  }

  private static func isClear(_ error: any Error) -> Bool {
    guard let error = error as? TadweenError else { return false }
    return [.repositoryFailed, .corruptData, .unsupported].contains(error.code)
  }

  @Test("random bytes are another's in 300 databases, and none ends the process", arguments: 0..<4 as Range<UInt64>)
  func bytesThatAreOthers(_ part: UInt64) async throws {
    let folder = try Folder()
    let (path, known) = try await Self.makeFile(in: folder)
    let whole = [UInt8](try Data(contentsOf: URL(filePath: path)))
    var (said, untold) = (0, 0)
    for seed in part * 75..<(part + 1) * 75 {
      var random = SeededGenerator(seed: seed, stream: 0)
      var bytes = whole
      // One place or several, a byte or a stretch: where there is anything, mostly.
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let start = Int.random(in: 0..<bytes.count, using: &random)
        for place in start..<min(bytes.count, start + [1, 1, 4, 64].randomElement(using: &random)!) {
          bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
      }
      let copy = folder.path("\(seed).sqlite")
      try Data(bytes).write(to: URL(filePath: copy))
      let (errors, problems) = try await Self.work(copy, known)
      for error in errors where !Self.isClear(error) { Issue.record("seed \(seed): \(error)") }
      if errors.isEmpty, problems.isEmpty { untold += 1 } else { said += 1 }
      for end in ["", "-wal", "-shm", "-owner"] { try? FileManager.default.removeItem(atPath: copy + end) }
    }
    #expect(said > 5 && untold > 5, "\(said) and \(untold)")
  }

  /// What each of these does to a row of an unfinished run, and what is said of it.
  @Test(arguments: [
    "UPDATE events SET kind = 77", "UPDATE events SET kind = 'word'", "UPDATE events SET stage = 4711",
    "UPDATE events SET stage = 'left'", "UPDATE events SET scope = '1.x'", "UPDATE events SET scope = '-1'",
    "UPDATE events SET scope = '99999999999999999999'", "UPDATE events SET generation = -1",
    "UPDATE events SET attempt = 99999999999", "UPDATE events SET delivery = 'a'", "UPDATE events SET at = 'noon'",
    "UPDATE events SET at = -9223372036854775808, detail = '{\"retry\":{\"failures\":[],\"elapsed\":0,\"delay\":9,\"counts\":true}}', kind = 4",
    "UPDATE events SET detail = '{\"retry\":{\"failures\":[],\"elapsed\":9223372036854775807,\"delay\":-9223372036854775808,\"counts\":true}}', kind = 4",
    "UPDATE events SET detail = '{\"cut' WHERE detail IS NOT NULL", "UPDATE events SET detail = x'00ff'",
    "UPDATE events SET detail = '{\"widths\":{\"item\":-3}}' WHERE detail LIKE '%widths%'",
    "UPDATE events SET detail = '{\"widths\":{}}' WHERE detail LIKE '%widths%'",
    "UPDATE events SET detail = '{\"declined\":[\"nowhere\"]}' WHERE detail LIKE '%declined%'",
    "UPDATE events SET kind = 8, detail = NULL", "UPDATE events SET kind = 6", "UPDATE events SET kind = 7",
    "UPDATE events SET kind = 9",
    "DELETE FROM events WHERE (key & 268435455) = 1", "UPDATE events SET key = key + 1000 WHERE (key & 268435455) = 1",
    "UPDATE runs SET entry = 4711", "UPDATE runs SET entry = 'start'", "UPDATE runs SET id = x'01' WHERE number = 1",
    "UPDATE runs SET priority = 'high'", "UPDATE runs SET metadata = '{\"cut'", "UPDATE runs SET metadata = '[]'",
    "UPDATE runs SET number = 9223372036854775807 WHERE number = 1",
    "UPDATE runs SET number = -5 WHERE number = 1", "UPDATE runs SET number = 34359738367 WHERE number = 1",
    "DELETE FROM stages WHERE name = 'left'", "UPDATE stages SET name = 'gone' WHERE name = 'left'",
    "UPDATE stages SET number = 4711 WHERE name = 'left'", "UPDATE shape SET graph = '{\"cut'",
    "UPDATE shape SET graph = 5",
    "DROP TABLE payloads", "DROP TABLE letters", "ALTER TABLE events RENAME COLUMN at TO moment",
  ])
  func rowsThatAreOthers(_ sql: String) async throws {
    let folder = try Folder()
    let (path, known) = try await Self.makeFile(in: folder)
    try await DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
    let (errors, problems) = try await Self.work(path, known)
    #expect(!errors.isEmpty || !problems.isEmpty, "nothing was said")
    for error in errors { #expect(Self.isClear(error), "\(error)") }
  }
}
