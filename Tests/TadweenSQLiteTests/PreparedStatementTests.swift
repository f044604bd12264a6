import Foundation
import GRDB
import GRDBSQLite
import Testing

@testable import TadweenSQLite

/// Statements that are bound without GRDB say what goes wrong as those of GRDB do.
@Suite struct PreparedStatementTests {
  private func withTable<T>(_ body: (Database) throws -> T) throws -> T {
    try DatabaseQueue().writeWithoutTransaction { db in
      try db.execute(sql: "CREATE TABLE t (number INTEGER UNIQUE, text TEXT, bytes BLOB)")
      return try body(db)
    }
  }

  @Test func whatIsBoundIsStoredWhole() throws {
    try withTable { db in
      let insert = try PreparedStatement("INSERT INTO t VALUES (?, ?, ?)", db)
      insert.bind(1, at: 1)
      insert.bind("a\0b", at: 2)
      try insert.run(with: Data([0, 1, 2]), at: 3)
      insert.bind(nil as Int64?, at: 1)
      insert.bind(nil as String?, at: 2)
      try insert.run(with: Data(), at: 3)
      // As bytes, for GRDB reads text up to its first NUL.
      let rows = try Row.fetchAll(db, sql: "SELECT number, CAST(text AS BLOB) AS text, bytes FROM t")
      #expect(rows[0]["text"] == Data("a\0b".utf8) && rows[0]["bytes"] == Data([0, 1, 2]))
      #expect(rows[1]["number"] == nil as Int? && rows[1]["text"] == nil as Data? && rows[1]["bytes"] == Data())
    }
  }

  /// A value that could not be bound would be stored as NULL.
  @Test func aValueThatCannotBeBoundIsThrownAndStoresNothing() throws {
    try withTable { db in
      let insert = try PreparedStatement("INSERT INTO t (number) VALUES (?)", db)
      insert.bind(1, at: 1)
      insert.bind(2, at: 2)
      let error = #expect(throws: DatabaseError.self) { try insert.run() }
      #expect(error?.resultCode == .SQLITE_RANGE)
      #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM t") == 0)

      insert.bind(3, at: 1)
      try insert.run()
      #expect(try Int.fetchAll(db, sql: "SELECT number FROM t") == [3])
    }
  }

  @Test func whatSQLiteRefusesIsThrownInItsWords() throws {
    try withTable { db in
      let insert = try PreparedStatement("INSERT INTO t (number) VALUES (?)", db)
      insert.bind(1, at: 1)
      try insert.run()
      insert.bind(1, at: 1)
      let error = #expect(throws: DatabaseError.self) { try insert.run() }
      #expect(error?.resultCode == .SQLITE_CONSTRAINT)
      #expect(error?.message == "UNIQUE constraint failed: t.number")
    }
  }

  /// GRDB interrupts the connection when a task that uses it is cancelled.
  @Test func anInterruptIsACancellation() throws {
    try withTable { db in
      nonisolated(unsafe) let connection = db  // called while the statement runs, on its thread
      db.add(
        function: DatabaseFunction("interrupted") { _ in
          unsafe sqlite3_interrupt(connection.sqliteConnection)
          return 1
        })
      // Endless, but for the interrupt.
      let insert = try PreparedStatement(
        """
        INSERT INTO t (number)
        WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + interrupted() FROM n) SELECT x FROM n
        """, db)
      #expect(throws: CancellationError.self) { try insert.run() }
    }
  }
}
