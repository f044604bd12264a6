internal import Foundation
internal import GRDB
internal import GRDBSQLite

/// A statement that writes and is run often, bound without a detour through GRDB's values: a save of a hundred artifacts took
/// 1.4 times as long as SQLite's own part of it with them, and takes as long without.
///
/// GRDB does not see it run: what its transaction begins, commits, and takes back is the same, and what it says of a task's
/// cancellation is said here.
@safe final class PreparedStatement {
  private let statement: Statement
  private let pointer: OpaquePointer
  private let db: OpaquePointer?
  /// What came of the first value that could not be bound: one too long would be NULL.
  private var refusal: Int32 = SQLITE_OK

  convenience init(_ sql: String, _ db: Database) throws { try self.init(db.makeStatement(sql: sql), db) }

  /// One that the connection keeps: to be used in one transaction, and looked up in the next.
  convenience init(cached sql: String, _ db: Database) throws { try self.init(db.cachedStatement(sql: sql), db) }

  private init(_ statement: Statement, _ db: Database) {
    self.statement = statement
    unsafe pointer = unsafe statement.sqliteStatement
    unsafe self.db = unsafe db.sqliteConnection
  }

  func bind(_ number: Int64?, at position: Int32) {
    guard let number else { return bindNothing(at: position) }
    note(unsafe sqlite3_bind_int64(pointer, position, number))
  }

  func bind(_ real: Double, at position: Int32) { note(unsafe sqlite3_bind_double(pointer, position, real)) }

  /// The whole of it, though it may have a NUL in it.
  func bind(_ text: String?, at position: Int32) {
    guard var text else { return bindNothing(at: position) }
    text.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        note(
          unsafe sqlite3_bind_text64(
            pointer, position, characters.baseAddress, UInt64(characters.count), Self.transient, UInt8(SQLITE_UTF8)))
      }
    }
  }

  func bind(_ data: Data?, at position: Int32) {
    guard let data else { return bindNothing(at: position) }
    unsafe data.withUnsafeBytes { unsafe bind($0, at: position, Self.transient) }
  }

  private func bind(_ bytes: UnsafeRawBufferPointer, at position: Int32, _ keeping: sqlite3_destructor_type?) {
    // No bytes at all would be NULL.
    note(
      unsafe bytes.isEmpty
        ? sqlite3_bind_zeroblob(pointer, position, 0)
        : sqlite3_bind_blob64(pointer, position, bytes.baseAddress, UInt64(bytes.count), keeping))
  }

  private func bindNothing(at position: Int32) { note(unsafe sqlite3_bind_null(pointer, position)) }

  private func note(_ result: Int32) { if refusal == SQLITE_OK { refusal = result } }

  /// Runs it with these bytes bound besides, which are not copied for it.
  func run(with data: Data, at position: Int32) throws {
    try unsafe data.withUnsafeBytes { bytes in
      // They outlive the run, at whose end nothing is bound.
      unsafe bind(bytes, at: position, nil)
      try run()
    }
  }

  /// Runs it, and makes it ready for the next time, with nothing bound.
  func run() throws {
    let result = unsafe refusal == SQLITE_OK ? sqlite3_step(pointer) : refusal
    unsafe sqlite3_reset(pointer)
    unsafe sqlite3_clear_bindings(pointer)
    refusal = SQLITE_OK
    if result == SQLITE_DONE { return }
    // GRDB interrupts what a task that is cancelled runs; nobody else does.
    if result == SQLITE_INTERRUPT { throw CancellationError() }
    throw DatabaseError(
      resultCode: ResultCode(rawValue: result), message: unsafe db.map { unsafe String(cString: sqlite3_errmsg($0)) })
  }

  /// SQLite is to copy what it is given.
  private static var transient: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
