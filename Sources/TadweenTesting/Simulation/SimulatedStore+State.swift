import Tadween

/// What a simulated store remembers of each delivery.
extension SimulatedStore {
  struct Work: Hashable, Sendable {
    let run: RunID
    let activation: Activation

    init(_ run: RunID, _ activation: Activation) { (self.run, self.activation) = (run, activation) }
    init(_ run: RunID, _ key: DeliveryKey) { self.init(run, key.activation) }
  }

  struct Open: Sendable {
    /// In the order in which they became ready, so that a recovery repeats itself.
    let order: Int
    let inner: Delivery
    var outer: Delivery
  }

  struct State: Sendable {
    var connection: SimulatedBroker?
    var isOpen = false
    var open: [Work: Open] = [:]
    var count = 0
    /// How much higher a piece of work's numbers are here than in the base.
    var offsets: [Work: UInt32] = [:]
    /// All deliveries that engines were given, as the base knows them; nil: another one took its place.
    var inner: [Name: Delivery?] = [:]
    var tickets: [RunID: SimulatedTicket] = [:]
    /// What a worker has taken up, as engines know it, and as the base does.
    var begun: Set<Name> = []
    var begunInside: Set<Name> = []
    /// How often a process died over a piece of work.
    var crashes: [Work: UInt8] = [:]
    /// By run and round.
    var complete: [RunID: [Int: Int]] = [:]
  }
}

extension SimulatedStore.State {
  /// What engines call a delivery of the base's; nil where another took its place.
  func outer(of inner: DeliveryID) -> DeliveryID? {
    guard let open = open[SimulatedStore.Work(inner.run, inner.key)], open.inner.key == inner.key else { return nil }
    return open.outer.id
  }

  /// - Returns: How often a process has died over the work, now that one more may have.
  mutating func countCrash(of delivery: Delivery) -> Int {
    let work = SimulatedStore.Work(delivery.run, delivery.key)
    if begun.contains(SimulatedStore.Name(delivery.run, delivery.key)) { crashes[work, default: 0] += 1 }
    return Int(crashes[work, default: 0])
  }

  /// Makes the delivery that engines are given.
  mutating func hand(_ inner: Delivery, order: Int) -> Delivery {
    let work = SimulatedStore.Work(inner.run, inner.key)
    let key = DeliveryKey(
      activation: inner.key.activation, generation: inner.key.generation, attempt: inner.key.attempt,
      number: inner.key.number + offsets[work, default: 0])
    let outer = Delivery(
      run: inner.run, key: key, link: inner.link, input: inner.input, ticket: tickets[inner.run],
      history: inner.history, crashes: crashes[work, default: 0])
    open[work] = SimulatedStore.Open(order: order, inner: inner, outer: outer)
    self.inner[SimulatedStore.Name(inner.run, key)] = inner
    return outer
  }
}
