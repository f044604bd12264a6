/// Which deliveries were applied, so that a repeated commit is known from a stale one (rule R6).
///
/// Nearly every activation ends with its first delivery, outside any map: one bit a stage says so. What is not of that
/// kind is kept as it is, among the ``extras``.
extension RunLedger {
  mutating func noteEnd(of key: DeliveryKey) {
    if key.isPlain { ended.insert(key.activation.stage) } else { extras.ended.insert(key) }
  }

  /// Takes note that these activations have not ended after all.
  mutating func forgetEnds(of activations: Set<Activation>) {
    for activation in activations where activation.scope.isRoot { ended.remove(activation.stage) }
    extras.ended = extras.ended.filter { !activations.contains($0.activation) }
  }

  func hasEnded(_ key: DeliveryKey) -> Bool {
    key.isPlain ? ended.contains(key.activation.stage) : hasExtras && extras.ended.contains(key)
  }

  /// Whether the stage's work outside maps has ended.
  public func hasEnded(_ stage: StageID) -> Bool {
    let activation = Activation(stage: stage)
    return ended.contains(stage) || hasExtras && extras.ended.contains { $0.activation == activation }
  }

  /// All of them, in an order that depends on nothing but the content.
  var endedKeys: [DeliveryKey] {
    ended.stages.map { DeliveryKey(activation: Activation(stage: $0)) }
      + extras.ended.sorted {
        ($0.activation, $0.generation, $0.attempt, $0.number) < ($1.activation, $1.generation, $1.attempt, $1.number)
      }
  }
}

extension DeliveryKey {
  fileprivate var isPlain: Bool { activation.scope.isRoot && generation == 0 && attempt == 1 && number == 1 }
}

/// A set of stages, one bit each: the first 64 in place, as most graphs have no more.
struct StageSet: Sendable {
  private var first: UInt64 = 0
  private var further: [UInt64] = []

  mutating func insert(_ stage: StageID) {
    let (word, bit) = Self.place(of: stage)
    if word == 0 { return first |= bit }
    while further.count < word { further.append(0) }
    further[word - 1] |= bit
  }

  mutating func remove(_ stage: StageID) {
    let (word, bit) = Self.place(of: stage)
    if word == 0 {
      first &= ~bit
    } else if word <= further.count {
      further[word - 1] &= ~bit
    }
  }

  func contains(_ stage: StageID) -> Bool {
    let (word, bit) = Self.place(of: stage)
    if word == 0 { return first & bit != 0 }
    return word <= further.count && further[word - 1] & bit != 0
  }

  /// In the order of the graph.
  var stages: [StageID] {
    (0..<64 * (further.count + 1)).map { StageID($0) }.filter(contains)
  }

  private static func place(of stage: StageID) -> (word: Int, bit: UInt64) {
    (Int(stage.index >> 6), 1 << UInt64(stage.index & 63))
  }
}
