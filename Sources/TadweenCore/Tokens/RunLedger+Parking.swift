/// Failed activations that wait for somebody to decide (rule R10).
extension RunLedger {
  /// Keeps the activation open with its failure, and sends nothing on.
  mutating func park(_ delivery: Delivery, _ failure: Failure) {
    let key = delivery.key.parked
    open.reopen(key, isRetry: true, stage: .parked)
    extras.parked[key.activation] = failure
    extras.histories[key.activation] = delivery.history
  }

  /// Does what somebody decided about a parked activation.
  ///
  /// - Returns: False where it is parked no longer, or was parked anew since: nothing changed then.
  public mutating func unpark(
    _ key: DeliveryKey, _ decision: ParkDecision, in graph: WorkflowGraph, ticket: (any RunTicket)? = nil,
    into directives: inout Directives
  ) -> Bool {
    let activation = key.activation
    guard let entry = open[activation], entry.stage == .parked, entry.key(of: activation) == key,
      let failure = extras.parked.removeValue(forKey: activation)
    else { return false }
    let history = extras.histories.removeValue(forKey: activation)
    if case .retry = decision {
      let next = DeliveryKey(activation: activation, generation: key.generation, number: key.number + 1)
      open.open(next, entry.input)
      directives.deliveries.append(delivery(next, entry.input, in: graph, ticket: ticket))
      return true
    }
    open.close(activation)
    var cascade = Cascade(ticket: ticket)
    switch decision {
    case .retry: break
    case .skip:
      directives.released += entry.input.tokens
      settle(activation, .notTaken, in: graph, &cascade, &directives)
    case .substitute(let success):
      directives.released += entry.input.tokens
      succeed(activation, with: success, in: graph, &cascade, &directives)
    case .fail:
      extras.kept[activation] = RunExtras.Kept(entry, history)
      settle(activation, .failed(failure), in: graph, &cascade, &directives)
    }
    drain(&cascade, in: graph, &directives)
    completeIfEmpty(&directives)
    return true
  }
}
