internal import HeapModule

/// What waits at one stage, and who works on it: a state machine (rules R6, R10, R14, R17).
///
/// It holds the messages that are ready, counts the workers, and says when to summon one and when a publisher may go
/// on. It never waits itself.
///
/// A worker is *summoned* when there is work for it, *comes*, *takes* messages until there are none, and then *leaves*.
public struct StageQueue: Sendable {
  /// Names a publisher that waits for room.
  public typealias Publisher = UInt64

  /// How many may work at once.
  public internal(set) var workers: Int
  /// How many messages may wait before publishers do; nil: no bound.
  public let bound: Int?
  /// Whether what comes are the items of a map.
  private let opensItems: Bool

  private(set) var ready = PriorityFifo<Delivery>()
  /// What its messages have to pass; they wait there instead. Nil: nothing.
  var gates: StageGates?
  /// Nothing is taken while it is paused.
  public internal(set) var isPaused = false
  /// Items of maps that open as room appears (rule R5). While there are some, as many messages are ready as the bound
  /// allows.
  private(set) var unopened = Fifo<Delivery>()
  /// Messages that are to be retried, and whose time has not come.
  private(set) var delayed = Heap<Delayed>()
  private var delays: UInt64 = 0
  /// Messages that the broker has announced and nobody has received yet. Below nought for as long as one is received
  /// before its announcement is told.
  private var announced = 0
  /// Workers that are here.
  public private(set) var busy = 0
  /// Workers that are on their way.
  public internal(set) var summoned = 0
  /// Workers of other stages that wait for room: all look again once there is some, for each may need more than this room.
  private var publishers: [Publisher] = []
  /// Submitters that wait for room, each of which is given a place in its turn.
  private var submitters: Set<Publisher> = []
  /// The order of their turns; those who wait no longer are passed over.
  private var turns = Fifo<Publisher>()
  /// Places that submitters were given and have not filled yet.
  private var reserved = 0

  public init(workers: Int, bound: Int? = nil, opensItems: Bool = false, gates: GateOptions = GateOptions()) {
    self.workers = workers
    self.bound = bound
    self.opensItems = opensItems && bound != nil
    self.gates = gates.areNeeded ? StageGates(gates) : nil
  }

  /// How many messages wait, but for those whose time has not come or that have no room to open.
  public var depth: Int { ready.count + (gates?.count ?? 0) }

  /// How many messages are here in all: ready, waiting for the time of their next attempt, or for room to open.
  public var waiting: Int { depth + delayed.count + unopened.count }

  /// How many messages wait for the time of their next attempt.
  public var delayedRetries: Int { delayed.count }

  /// The moment at which the next retry is due; nil where none waits.
  var nextRetry: Duration? { delayed.min?.due }

  /// The message that has waited longest of those that could run.
  package var oldest: Delivery? { ready.first ?? unopened.first }

  /// How many items of maps wait for room to open.
  public var unopenedItems: Int { unopened.count }

  /// Whether a publisher may add work now. What is added at the same moment may pass the bound (rule R17).
  public var hasRoom: Bool { room > 0 }

  /// How many messages fit. What waits for a retry counts too, or nothing would hold its publishers back.
  private var room: Int { bound.map { $0 - boundedDepth - delayed.count - announced - reserved } ?? .max }

  /// How many messages count in the bound, among those that are ready.
  private var boundedDepth: Int { ready.count + (gates?.countInBound ?? 0) }

  /// Counts messages that are still to be received.
  public mutating func announce(_ count: Int) { announced += count }

  /// Adds messages that were received from a broker. Returns how many workers to summon.
  public mutating func receive(_ deliveries: ArraySlice<Delivery>) -> Int {
    announced -= deliveries.count
    return add(deliveries)
  }

  /// Adds messages. Returns how many workers to summon.
  public mutating func add(_ deliveries: ArraySlice<Delivery>) -> Int {
    append(deliveries)
    return summon()
  }

  /// Adds messages of which some are attempts made again, each of which waits for its time. To be followed by
  /// ``summon(at:)``.
  ///
  /// - Parameters:
  ///   - now: The time, on any scale that goes on evenly.
  ///   - isFavoured: Whether the run of a message holds the units already that runs need here.
  public mutating func add(
    _ deliveries: ArraySlice<Delivery>, at now: Duration, isFavoured: (Delivery) -> Bool = { _ in false }
  ) {
    for position in deliveries.indices {
      let delivery = deliveries[position]
      switch delivery.history?.delay {
      case nil: append(deliveries[position...position], at: now, isFavoured: isFavoured)
      // It has been opened before, and never waits for room (rule R17).
      case let delay? where delay <= .zero: makeReady(delivery, at: now, isFavoured: isFavoured)
      case let delay?:
        delays += 1
        delayed.insert(Delayed(due: now + delay, order: delays, delivery: delivery))
      }
    }
  }

  /// Makes ready what is due. To be followed by ``summon(at:)``.
  public mutating func ripen(at now: Duration, isFavoured: (Delivery) -> Bool = { _ in false }) {
    while let next = delayed.min, next.due <= now {
      makeReady(delayed.removeMin().delivery, at: now, isFavoured: isFavoured)
    }
  }

  private mutating func append(
    _ deliveries: ArraySlice<Delivery>, at now: Duration = .zero, isFavoured: (Delivery) -> Bool = { _ in false }
  ) {
    guard opensItems else {
      for delivery in deliveries { makeReady(delivery, at: now, isFavoured: isFavoured) }
      return
    }
    unopened.append(contentsOf: deliveries)
    openItems(at: now)
  }

  private mutating func makeReady(_ delivery: Delivery, at now: Duration, isFavoured: (Delivery) -> Bool) {
    if gates == nil {
      ready.append(delivery, priority: delivery.priority)
    } else {
      gates?.append(delivery, at: now, isFavoured: isFavoured(delivery))
    }
  }

  mutating func openItems(at now: Duration = .zero) {
    guard opensItems else { return }
    while boundedDepth < bound ?? .max, let item = unopened.popFirst() {
      makeReady(item, at: now) { _ in false }  // run units are never demanded inside a map
    }
  }

  /// Takes messages back in front of all others: a worker took more than it could start.
  public mutating func putBack(_ deliveries: [Delivery]) -> Int {
    ready.prepend(contentsOf: deliveries)
    return summon()
  }

  /// How many workers to summon, for what has changed.
  ///
  /// - Parameter now: Nothing to a stage without gates.
  public mutating func summon(at now: Duration = .zero) -> Int {
    if isPaused { return 0 }
    guard gates == nil else { return summonToGates(at: now) }
    // For every item of a map: the next one opens for each that is taken.
    let more = min(ready.count + unopened.count, workers - busy) - summoned
    guard more > 0 else { return 0 }
    summoned += more
    return more
  }

  /// A summoned worker is here.
  public mutating func come() {
    summoned -= 1
    busy += 1
  }

  /// A worker goes. To be followed by ``summon(at:)``: it may leave while there is work.
  public mutating func leave() { busy -= 1 }

  /// Takes what is ready, in order, into `batch`. Returns the publishers that may go on.
  ///
  /// - Parameter limit: the greatest number; a worker gets no more than its fair share of what waits.
  public mutating func take(atMost limit: Int, into batch: inout [Delivery]) -> [Publisher] {
    // One that is too many goes.
    guard !isPaused, busy <= workers else { return [] }
    let count = min(limit, share(of: ready.count))
    batch.reserveCapacity(count)
    for _ in 0..<count {
      guard let delivery = ready.popFirst() else { break }
      batch.append(delivery)
    }
    openItems()
    return admit()
  }

  /// Lets a worker of another stage bring messages in and go on with the first of them here, where nothing waits and a
  /// place is free. Nil where it may not.
  ///
  /// - Parameter limit: the greatest number that it goes on with; no more than its fair share.
  /// - Returns: how many it goes on with, and how many workers to summon for the rest, which waits.
  public mutating func handOff(_ deliveries: ArraySlice<Delivery>, atMost limit: Int) -> (kept: Int, summoned: Int)? {
    guard ready.isEmpty, gates == nil, !isPaused, busy + summoned < workers else { return nil }
    busy += 1
    let kept = min(limit, share(of: deliveries.count))
    append(deliveries.dropFirst(kept))
    return (kept, summon())
  }

  /// A worker's fair share of so many messages.
  private func share(of count: Int) -> Int { (count + workers - 1) / workers }

  /// Has a publisher wait for room; false where there is room now.
  public mutating func wait(_ publisher: Publisher) -> Bool {
    if hasRoom { return false }
    publishers.append(publisher)
    return true
  }

  /// Keeps places for a submitter, until it has added what it submits. Nought where it has to wait its turn; it is given one
  /// place then.
  ///
  /// Only entries have submitters, and only other stages have publishers. A worker that kept a place in one queue while it
  /// waited for room in another could wait for ever; a submitter has one queue to wait for.
  public mutating func reserve(atMost wanted: Int, for submitter: Publisher) -> Int {
    guard submitters.isEmpty, hasRoom else {
      submitters.insert(submitter)
      turns.append(submitter)
      return 0
    }
    let count = min(wanted, room)
    reserved += count
    return count
  }

  /// A submitter has filled its places, or needs them no longer. Returns the publishers that may go on.
  public mutating func release(_ places: Int) -> [Publisher] {
    reserved -= places
    return admit()
  }

  /// Forgets a publisher that no longer waits.
  public mutating func forget(_ publisher: Publisher) {
    publishers.removeAll { $0 == publisher }
    submitters.remove(publisher)
  }

  /// The publishers that may go on, for what has changed.
  public mutating func admit() -> [Publisher] {
    guard hasRoom else { return [] }
    var admitted: [Publisher] = []
    swap(&admitted, &publishers)
    while hasRoom, let next = turns.popFirst() {
      guard submitters.remove(next) != nil else { continue }
      reserved += 1
      admitted.append(next)
    }
    return admitted
  }

  /// Takes out everything that waits; for a close.
  public mutating func drain() -> [Delivery] { (gates?.drain() ?? []) + drainUngated() }

  /// Takes out everything that waits, in no worker's hands, while work goes on. To be followed by ``summon(at:)`` and ``admit()``.
  public mutating func takeWaiting() -> [Delivery] { (gates?.takeWaiting() ?? []) + drainUngated() }

  private mutating func drainUngated() -> [Delivery] {
    var rest: [Delivery] = []
    while let delivery = ready.popFirst() ?? unopened.popFirst() ?? delayed.popMin()?.delivery { rest.append(delivery) }
    return rest
  }
}

/// A message whose time has not come. Of two that are due at once, the one that came first goes first.
struct Delayed: Comparable, Sendable {
  let due: Duration
  let order: UInt64
  let delivery: Delivery

  static func < (a: Delayed, b: Delayed) -> Bool { (a.due, a.order) < (b.due, b.order) }
  static func == (a: Delayed, b: Delayed) -> Bool { a.order == b.order }
}
