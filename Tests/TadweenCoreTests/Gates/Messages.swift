import TadweenCore

/// The message of a run at a stage; of its retry where an attempt is named.
func message(_ run: Int, at stage: Int = 0, attempt: Int = 1, priority: Int = 0) -> Delivery {
  let id = RunID(high: 0, low: UInt64(run))
  return Delivery(
    run: id,
    key: DeliveryKey(
      activation: Activation(stage: StageID(stage)), attempt: UInt32(attempt), number: UInt32(attempt)),
    link: nil, input: .join([]), ticket: priority == 0 ? nil : Ticket(run: id, priority: priority))
}

/// A run of some urgency.
private final class Ticket: RunTicket {
  let run: RunID
  let priority: Int
  let metadata = Metadata()

  init(run: RunID, priority: Int) { (self.run, self.priority) = (run, priority) }

  func begin(_ key: DeliveryKey) -> Bool { true }
  var end: RunEnd? { nil }
}
