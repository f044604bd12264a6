/// One delivery of one run: what cancelling it names.
public struct DeliveryID: Hashable, Sendable {
  public let run: RunID
  public let key: DeliveryKey

  package init(run: RunID, key: DeliveryKey) {
    self.run = run
    self.key = key
  }
}

/// One activation of one run, whichever delivery of it there is.
public struct WorkID: Hashable, Sendable {
  public let run: RunID
  public let activation: Activation

  package init(run: RunID, activation: Activation) {
    self.run = run
    self.activation = activation
  }
}

extension DeliveryID {
  package var work: WorkID { WorkID(run: run, activation: key.activation) }
}

extension Delivery {
  package var id: DeliveryID { DeliveryID(run: run, key: key) }
  package var work: WorkID { WorkID(run: run, activation: key.activation) }
}
