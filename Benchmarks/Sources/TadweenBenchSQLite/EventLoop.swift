internal import Foundation
internal import GRDBSQLite
internal import Measure

/// The limit of a durable broker: a loop that writes the rows which a broker has written into an empty file of the same
/// shape, in transactions of the same size, as fast as SQLite takes them.
struct EventLoop {
  private let source: String
  private let group: Int

  init(_ source: String, group: Int) { (self.source, self.group) = (source, group) }

  func run() throws -> Duration {
    let target = source + "-limit"
    defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: target + end) } }
    let from = try Bare(source)
    let to = try Bare(target)
    try to.run("PRAGMA auto_vacuum = INCREMENTAL")
    try to.run("PRAGMA journal_mode = WAL")
    try to.run("PRAGMA synchronous = FULL")
    for sql in try from.rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid") {
      if case .text(let sql)? = sql.first { try to.run(sql) }
    }
    // As they came: a run, its events, its end; the events of many runs between each other's.
    let runs = try from.rows(
      "SELECT submitted, 0, number, id, caller, entry, priority, metadata, payload, submitted FROM runs")
    let events = try from.rows(
      "SELECT at, 1, key, kind, stage, scope, generation, attempt, delivery, lasted, at, output, input, detail FROM events"
    )
    let ends = try from.rows("SELECT finished, 2, finished, outcome, number FROM runs WHERE finished IS NOT NULL")
    let all = (runs + events + ends).sorted { $0[0].number < $1[0].number }
    let statements = [
      try to.prepare(
        "INSERT INTO runs (number, id, caller, entry, priority, metadata, payload, submitted) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
      ),
      try to.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      try to.prepare("UPDATE runs SET finished = ?, outcome = ? WHERE number = ?"),
    ]
    let start = ContinuousClock.now
    for first in stride(from: 0, to: all.count, by: group) {
      try to.run("BEGIN IMMEDIATE")
      for row in all[first..<min(first + group, all.count)] {
        try to.step(statements[Int(row[1].number)], row.dropFirst(2))
      }
      try to.run("COMMIT")
    }
    return start.duration(to: .now)
  }
}

/// SQLite and nothing else.
@safe private final class Bare {
  enum Value {
    case null
    case number(Int64)
    case text(String)
    case bytes(Data)

    var number: Int64 { if case .number(let number) = self { number } else { 0 } }
  }

  private var db: OpaquePointer?

  init(_ path: String) throws {
    if unsafe sqlite3_open(path, &db) != SQLITE_OK { throw Trouble(description: "\(path) cannot be opened") }
  }

  deinit { unsafe sqlite3_close(db) }

  struct Trouble: Error, CustomStringConvertible {
    let description: String
  }

  private func check(_ code: Int32) throws {
    if ![SQLITE_OK, SQLITE_DONE, SQLITE_ROW].contains(code) {
      throw Trouble(description: unsafe String(cString: sqlite3_errmsg(db)))
    }
  }

  func run(_ sql: String) throws { try check(unsafe sqlite3_exec(db, sql, nil, nil, nil)) }

  @safe final class Statement {
    fileprivate var pointer: OpaquePointer?
    deinit { unsafe sqlite3_finalize(pointer) }
  }

  func prepare(_ sql: String) throws -> Statement {
    let statement = Statement()
    try check(unsafe sqlite3_prepare_v2(db, sql, -1, &statement.pointer, nil))
    return statement
  }

  func step(_ statement: Statement, _ values: some Sequence<Value>) throws {
    unsafe bind(values, to: statement.pointer)
    try check(unsafe sqlite3_step(statement.pointer))
    unsafe sqlite3_reset(statement.pointer)
  }

  private func bind(_ values: some Sequence<Value>, to statement: OpaquePointer?) {
    let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    for (index, value) in values.enumerated() {
      let position = Int32(index + 1)
      switch value {
      case .null: unsafe sqlite3_bind_null(statement, position)
      case .number(let number): unsafe sqlite3_bind_int64(statement, position, number)
      case .text(let text): unsafe sqlite3_bind_text(statement, position, text, -1, transient)
      case .bytes(let data):
        unsafe data.withUnsafeBytes { bytes in
          _ = unsafe sqlite3_bind_blob64(statement, position, bytes.baseAddress, UInt64(bytes.count), transient)
        }
      }
    }
  }

  func rows(_ sql: String) throws -> [[Value]] {
    let prepared = try prepare(sql)
    let statement = unsafe prepared.pointer
    var rows: [[Value]] = []
    while unsafe sqlite3_step(statement) == SQLITE_ROW {
      rows.append(
        (0..<(unsafe sqlite3_column_count(statement))).map { column in
          switch unsafe sqlite3_column_type(statement, column) {
          case SQLITE_INTEGER: .number(unsafe sqlite3_column_int64(statement, column))
          case SQLITE_TEXT: .text(unsafe String(cString: sqlite3_column_text(statement, column)))
          case SQLITE_BLOB:
            .bytes(
              unsafe Data(
                bytes: sqlite3_column_blob(statement, column), count: Int(sqlite3_column_bytes(statement, column))))
          default: .null
          }
        })
    }
    return rows
  }
}
