/// One thing that happened to a run, as a value to be stored.
///
/// A ledger is a function of its graph, its submission and its events, in their order: ``RunLedger/replay(_:in:ticket:into:)``
/// makes it anew. So a broker that keeps the events has kept all of it: what arrived at joins, the widths of maps, attempts,
/// crashes, dead letters, the open set.
public struct RunEvent: Sendable {
  public enum Kind: Sendable {
    /// An attempt at an activation ended.
    case ended(DeliveryKey, Ending)
    /// Somebody, or the run's own time, cancelled it.
    case cancelled(because: Failure?)
    /// These dead letters were redriven; nil: all that there was.
    case redriven([DeadLetter.ID]?)
    /// Somebody decided about a parked activation.
    case decided(DeliveryKey, ParkDecision)
    /// The process that had the run died while these deliveries ran.
    case died([DeliveryKey])
  }

  public let kind: Kind
  /// What ran at that moment and was told to stop: the one thing that the events before do not tell, for beginning is none.
  public let interrupts: [DeliveryKey]

  public init(_ kind: Kind, interrupts: [DeliveryKey] = []) {
    self.kind = kind
    self.interrupts = interrupts
  }
}
