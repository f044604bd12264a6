/// A step of a broker at which a test has it fail, or looks at what a death at this moment would leave.
package enum Failpoint: String, CaseIterable, Sendable {
  /// Rules have been applied in memory; nothing is written.
  case submitted, committed, controlled
  /// Of a write: before its transaction, before each of its rows, before and after it is made permanent.
  case writeBegins, writesRow, writeEnds, written
  /// Runs are read from the file, one by one.
  case recoveryBegins, recoversRun, recoveryEnds
  /// Finished runs are let go.
  case retentionBegins, retentionEnds, shrinks
}
