internal import Foundation

/// A moment of the wall clock as it is stored: microseconds since 1970.
extension Date {
  var stored: Int64 { Int64((timeIntervalSince1970 * 1_000_000).rounded()) }
  init(stored: Int64) { self.init(timeIntervalSince1970: Double(stored) / 1_000_000) }
}
