internal import Tadween

/// What travels: as small as it gets, or with a string of a given length.
protocol BenchValue: Sendable {
  associatedtype NoOp: Handler<Self, Self>, Work<Self>
  static var noOp: NoOp { get }
  static func make(_ n: Int, bytes: Int) -> Self
}

struct Item: Codable, BenchValue {
  var n: Int
  static let noOp = ItemNoOp()
  static func make(_ n: Int, bytes: Int) -> Item { Item(n: n) }
}

struct HeavyItem: Codable, BenchValue {
  var n: Int
  var data: String
  static let noOp = HeavyItemNoOp()
  static func make(_ n: Int, bytes: Int) -> HeavyItem { HeavyItem(n: n, data: text(bytes)) }
}

/// A string of its own in memory, as one that was read from somewhere would be.
///
/// Filled at once: `String(repeating:count:)` adds character by character, which takes longer than all that is measured.
func text(_ bytes: Int) -> String {
  unsafe String(unsafeUninitializedCapacity: bytes) { buffer in
    unsafe buffer.initialize(repeating: UInt8(ascii: "x"))
    return bytes
  }
}
