/// A step of a broker at which a test has it fail, or looks at what a death at this moment would leave.
package enum Failpoint: String, CaseIterable, Sendable {
  /// Rules have been applied in memory; nothing is written.
  case submitted, committed, controlled
  /// Of a write: before its transaction, before each of its rows, before and after it is made permanent.
  case writeBegins, writesRow, writeEnds, written
  /// The file is open; its tables are there; runs are read from it, one by one; all is read.
  case recoveryBegins, prepared, recoversRun, recoveryEnds
  /// Runs that wait in the file are read, when there is room, or one because somebody wants something of it.
  case readsBacklog, loadsRun
  /// Somebody has read a run in the file and is about to have a handle on it.
  case findsRun
  /// Finished runs are let go.
  case retentionBegins, retentionEnds, shrinks
}
