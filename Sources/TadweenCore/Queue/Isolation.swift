/// Work over which two processes died runs with nothing beside it, one piece after the other, before anything else does
/// (rule R11): a third death is then its own and takes no neighbours along.
public struct Isolation: Sendable {
  /// What is still to be run alone.
  private var suspects: Fifo<Delivery>
  /// What runs alone now, or waits for nothing but itself.
  public private(set) var current: Delivery?
  /// Everything else, until then.
  private var held: [Delivery] = []

  /// - Parameter recovered: What was unfinished when the broker opened. Nil where nothing of it has to run alone.
  public init?(_ recovered: [Delivery]) {
    suspects = Fifo()
    for delivery in recovered { if delivery.runsAlone { suspects.append(delivery) } else { held.append(delivery) } }
    if suspects.isEmpty { return nil }
  }

  /// Keeps what became ready meanwhile.
  public mutating func hold(_ deliveries: ArraySlice<Delivery>) { held += deliveries }

  /// What may run now: the next that runs alone, or at last everything else.
  public mutating func next() -> [Delivery] {
    current = suspects.popFirst()
    if let current { return [current] }
    defer { held = [] }
    return held
  }

  /// Takes out what waits for the one that runs alone, and is a stage's.
  public mutating func takeWaiting(at stage: StageID) -> [Delivery] {
    var taken: [Delivery] = []
    var rest = Fifo<Delivery>()
    while let delivery = suspects.popFirst() {
      if delivery.stage == stage { taken.append(delivery) } else { rest.append(delivery) }
    }
    suspects = rest
    taken += held.filter { $0.stage == stage }
    held.removeAll { $0.stage == stage }
    return taken
  }

  /// Whether that was the last of them.
  public var isOver: Bool { current == nil && suspects.isEmpty }

  /// Everything that waits for the one that runs alone.
  public func forEachWaiting(_ body: (Delivery) -> Void) {
    suspects.forEach(body)
    held.forEach(body)
  }
}
