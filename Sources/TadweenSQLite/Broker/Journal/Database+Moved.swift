internal import GRDB
internal import GRDBSQLite

extension Database {
  /// Whether the file that is open is no longer the one under its name: then whatever is written to it goes with the process.
  /// One look at the file's inode.
  var hasMoved: Bool {
    var hasMoved: CInt = 0
    // A file system that does not know says so, and leaves it at that.
    _ = unsafe sqlite3_file_control(sqliteConnection, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
    return hasMoved != 0
  }
}
