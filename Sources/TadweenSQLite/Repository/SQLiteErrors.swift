internal import GRDB
internal import Tadween

/// Does something with a database; what SQLite says of it becomes a sentence that names the file.
func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch { throw TadweenError.naming(error, path) }
}

func naming<Result>(_ path: String, _ body: () async throws -> Result) async throws -> Result {
  do { return try await body() } catch { throw TadweenError.naming(error, path) }
}

extension TadweenError {
  /// The error itself where it is none of SQLite's.
  fileprivate static func naming(_ error: any Error, _ path: String) -> any Error {
    switch error {
    case let error as DatabaseError: TadweenError(error, path)
    case let error as RowDecodingError:
      // Its own words hold the row.
      TadweenError(
        .corruptData,
        "The database \"\(path)\" holds what Tadween did not write: restore it from a copy, or try the sqlite3 program's .recover.",
        underlying: error)
    case let error as DecodingError:
      TadweenError(
        .corruptData,
        "The database \"\(path)\" holds JSON that cannot be read as what it should be: restore it from a copy, or try the sqlite3 program's .recover.",
        underlying: error)
    case let damage as Damage:
      TadweenError(
        .corruptData,
        "The database \"\(path)\" holds what no broker wrote, in \(damage.place): restore it from a copy, or try the sqlite3 program's .recover."
      )
    case let misfit as Misfit:
      TadweenError(
        .unsupported,
        "A run in the database \"\(path)\" cannot go on in this graph: \(misfit). Use the program that has the graph it was made for, or another file."
      )
    default: error
    }
  }

  fileprivate init(_ error: DatabaseError, _ path: String) {
    let reason =
      switch error.resultCode {
      case .SQLITE_BUSY, .SQLITE_LOCKED: "another process has it locked; close that one, or allow a longer busyTimeout"
      case .SQLITE_NOTADB: "it is no SQLite database; name another file"
      case .SQLITE_CORRUPT: "it is damaged; restore it from a copy, or try the sqlite3 program's .recover"
      case .SQLITE_FULL: "the disk is full; nothing was stored: make room, and do it again"
      case .SQLITE_READONLY: "it cannot be written to; see the rights of the file and of its folder"
      case .SQLITE_CANTOPEN: "it cannot be opened; see whether its folder is there, and the rights of both"
      case .SQLITE_IOERR:
        "the system could not read or write it; see whether its disk is sound and has room, and do it again"
      default: "SQLite refused"
      }
    self.init(
      .repositoryFailed,
      "The database \"\(path)\" cannot be used: \(reason). (\(error.message ?? "\(error.resultCode)"))",
      underlying: error)
  }
}
