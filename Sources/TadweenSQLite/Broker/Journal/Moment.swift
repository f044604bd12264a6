internal import Foundation

/// A moment of the wall clock as it is stored: microseconds since 1970.
extension Date {
  var stored: Int64 { Int64((timeIntervalSince1970 * 1_000_000).rounded()) }
  /// How long ago something was, in microseconds, whatever it says; nought: not yet.
  static func passed(since moment: Int64, now: Int64) -> Int64 {
    let (passed, overflows) = now.subtractingReportingOverflow(moment)
    return overflows ? (moment < 0 ? .max : 0) : max(0, passed)
  }

  init(stored: Int64) { self.init(timeIntervalSince1970: Double(stored) / 1_000_000) }
}
