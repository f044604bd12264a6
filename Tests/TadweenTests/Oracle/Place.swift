/// An activation's name in the oracle's world: its stage, and the map indices that it lies under.
struct Place: Hashable, Codable, Sendable, Comparable, CustomStringConvertible {
  let stage: String
  let scope: [Int]

  init(_ stage: String, _ scope: [Int] = []) {
    self.stage = stage
    self.scope = scope
  }

  /// `s3[0][1]`
  var description: String { stage + scope.map { "[\($0)]" }.joined() }

  static func < (a: Place, b: Place) -> Bool {
    a.stage == b.stage ? a.scope.lexicographicallyPrecedes(b.scope) : a.stage < b.stage
  }
}
