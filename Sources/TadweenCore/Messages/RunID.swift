/// The identity of a run: 128 bits, made when the run is submitted.
///
/// A caller's own id (`submit(_:id:)`) is kept beside it as a string and mapped to a `RunID`; it is never hashed into
/// one, so two callers' ids cannot collide.
public struct RunID: Hashable, Sendable, Codable, CustomStringConvertible {
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A new id from the system's random numbers.
  public static func random() -> RunID {
    var generator = SystemRandomNumberGenerator()
    return RunID(high: generator.next(), low: generator.next())
  }

  /// 32 hexadecimal digits.
  public var description: String { hexadecimal(high) + hexadecimal(low) }
}

/// The 16 hexadecimal digits of a word.
func hexadecimal(_ word: UInt64) -> String {
  let digits = String(word, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
