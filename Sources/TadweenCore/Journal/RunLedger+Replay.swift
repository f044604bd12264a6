/// A ledger from its events.
extension RunLedger {
  /// Has an event that happened before happen again.
  ///
  /// - Returns: False where it cannot have happened to this run in this graph: the graph was another one. What the ledger is
  ///   then means nothing.
  public mutating func replay(
    _ event: RunEvent, in graph: WorkflowGraph, ticket: (any RunTicket)? = nil, into directives: inout Directives
  ) -> Bool {
    for key in event.interrupts where !beginAgain(key) { return false }
    switch event.kind {
    case .ended(let key, let ending):
      guard open.isCurrent(key), let entry = open[key.activation] else { return false }
      let delivery = delivery(key, entry.input, entry.crashes, in: graph, ticket: ticket)
      return apply(Transition(of: delivery, ending), in: graph, into: &directives) == .applied
    case .cancelled(let cause):
      guard !isCancelled, !open.isEmpty else { return false }
      cancel(because: cause, in: graph, ticket: ticket, into: &directives)
      return true
    case .redriven(let letters):
      return !redrive(letters, in: graph, ticket: ticket, into: &directives).isEmpty
    case .decided(let key, let decision):
      return unpark(key, decision, in: graph, ticket: ticket, into: &directives)
    case .died(let running):
      for key in running where !beginAgain(key) { return false }
      recover(in: graph, ticket: ticket, into: &directives)
      return true
    }
  }

  /// Marks as running what ran; it may be known from an earlier event.
  private mutating func beginAgain(_ key: DeliveryKey) -> Bool {
    open.begin(key) || open[key.activation].map { $0.stage == .running && $0.key(of: key.activation) == key } ?? false
  }

  /// The deliveries that run, in the order of the graph.
  public var running: [DeliveryKey] {
    open.sorted.compactMap { activation, entry in entry.stage == .running ? entry.key(of: activation) : nil }
  }

  /// The deliveries that nobody has begun, in the order of the graph.
  public var ready: [DeliveryKey] {
    open.sorted.compactMap { activation, entry in entry.stage == .ready ? entry.key(of: activation) : nil }
  }

  /// Whether a cancel would change anything.
  public var isCancellable: Bool { !isCancelled && !open.isEmpty }

  /// The ends of all rounds that are complete, the first one first.
  public var ends: [RunEnd] { (hasExtras ? extras.pastEnds : []) + (end.map { [$0] } ?? []) }
}
