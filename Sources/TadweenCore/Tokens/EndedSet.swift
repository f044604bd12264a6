/// Which deliveries were applied, so that a repeated commit is known from a stale one (rule R6).
///
/// Nearly every activation ends with its first delivery, outside any map: one bit a stage says so, for the first 64. What
/// is not of that kind is kept as it is.
struct EndedSet: Sendable {
  private var first: UInt64 = 0
  private var others: Set<DeliveryKey> = []

  private static func bit(_ key: DeliveryKey) -> UInt64? {
    let stage = key.activation.stage.index
    guard stage < 64, key.activation.scope.isRoot, key.generation == 0, key.attempt == 1, key.number == 1 else {
      return nil
    }
    return 1 << UInt64(stage)
  }

  mutating func insert(_ key: DeliveryKey) {
    if let bit = Self.bit(key) { first |= bit } else { others.insert(key) }
  }

  /// All of them, in an order that depends on nothing but the content.
  var keys: [DeliveryKey] {
    let plain = (0..<64).filter { first >> UInt64($0) & 1 == 1 }
    return plain.map { DeliveryKey(activation: Activation(stage: StageID($0))) }
      + others.sorted {
        ($0.activation, $0.generation, $0.attempt, $0.number) < ($1.activation, $1.generation, $1.attempt, $1.number)
      }
  }

  func contains(_ key: DeliveryKey) -> Bool {
    if let bit = Self.bit(key) { first & bit != 0 } else { others.contains(key) }
  }
}
