/// The identity of a message: a pure function of its run, generation, link, and scope.
///
/// The same work published twice is the same message, so a second delivery can be recognised (rule R7). Adding a link
/// to a graph changes no id, for a link is named by its ends and not by its position.
///
/// The 128 bits come from two lanes of the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom
/// Number Generators", 2014) with different increments. That spreads well and is no cryptography: an adversary who
/// chooses the input can make two ids meet.
public struct MessageID: Hashable, Sendable, Codable, CustomStringConvertible {
  public let high: UInt64
  public let low: UInt64

  /// The id of what `link` carries to `scope` in one generation of a run.
  public init(run: RunID, generation: UInt32, link: LinkKey, scope: ScopePath) {
    var mixer = Mixer()
    mixer.combine(run.high)
    mixer.combine(run.low)
    mixer.combine(UInt64(generation))
    mixer.combine(link.high)
    mixer.combine(link.low)
    // The depth keeps a path apart from its own prefixes.
    mixer.combine(UInt64(scope.indices.count))
    for index in scope.indices { mixer.combine(UInt64(index)) }
    high = mixer.high
    low = mixer.low
  }

  /// The id of a message that no run and no link gives one, as on a topic of the user's own. Whoever chooses the bits
  /// sees to it that they are not used twice.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// 32 hexadecimal digits.
  public var description: String { hexadecimal(high) + hexadecimal(low) }
}

/// What names a link: the names of its ends, mixed to 128 bits.
public struct LinkKey: Hashable, Sendable {
  public let high: UInt64
  public let low: UInt64

  public init(source: String, target: String) {
    var mixer = Mixer()
    mixer.combine(source)
    mixer.combine(target)
    high = mixer.high
    low = mixer.low
  }
}

/// Two lanes of 64 bits; every word goes into both.
package struct Mixer {
  package private(set) var high: UInt64 = 0x243f_6a88_85a3_08d3  // the fraction of pi: no hidden choice
  package private(set) var low: UInt64 = 0x1319_8a2e_0370_7344

  package init() {}

  package mutating func combine(_ word: UInt64) {
    high = Self.finalise((high ^ word) &+ 0x9e37_79b9_7f4a_7c15)
    // The low lane takes the high one in, so that a meeting in one lane is no meeting in both.
    low = Self.finalise((low &+ word) ^ high &+ 0xd1b5_4a32_d192_ed03)
  }

  package mutating func combine(_ text: String) {
    var word: UInt64 = 0
    var filled = 0
    var length: UInt64 = 0
    for byte in text.utf8 {
      word = word << 8 | UInt64(byte)
      filled += 1
      length += 1
      if filled == 8 {
        combine(word)
        word = 0
        filled = 0
      }
    }
    combine(word)
    combine(length)
  }

  private static func finalise(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
