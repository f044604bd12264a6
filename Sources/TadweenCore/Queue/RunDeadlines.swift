/// When each unfinished run has to be complete (rule R13).
///
/// All runs have the same timeout, so that they are due in the order in which they began. A run is in it until it is
/// complete; what is left in the line of those that were is swept out before it is the greater part.
package struct RunDeadlines: Sendable {
  package let timeout: Duration
  private var clocked: [RunID: Clocked] = [:]
  private var line = Fifo<Place>()

  private struct Clocked: Sendable {
    let deadline: Duration
    let ticket: any RunTicket
    let round: Int
  }

  /// It stands for nothing where its run is complete, or began anew.
  private struct Place: Sendable {
    let run: RunID
    let deadline: Duration
  }

  package init(_ timeout: Duration) { self.timeout = timeout }

  /// The run's time begins, or begins anew.
  ///
  /// - Parameter now: The time, on any scale that goes on evenly. One that comes after a later one is due with it.
  package mutating func begin(_ ticket: any RunTicket, round: Int, at now: Duration) {
    if let known = clocked[ticket.run], known.round > round { return }
    clocked[ticket.run] = Clocked(deadline: now + timeout, ticket: ticket, round: round)
    line.append(Place(run: ticket.run, deadline: now + timeout))
    if line.count > 2 * clocked.count + 64 { sweep() }
  }

  /// The run is complete, unless it has begun a later round.
  package mutating func end(_ run: RunID, round: Int) {
    if let known = clocked[run], known.round <= round { clocked[run] = nil }
  }

  /// The moment at which the next run is due; nil where none is unfinished.
  package mutating func next() -> Duration? {
    while let first = line.first {
      if isCurrent(first) { return first.deadline }
      _ = line.popFirst()
    }
    return nil
  }

  /// Takes out the runs that are due.
  package mutating func takeDue(at now: Duration) -> [any RunTicket] {
    var due: [any RunTicket] = []
    while let next = next(), next <= now, let place = line.popFirst() {
      if let run = clocked.removeValue(forKey: place.run) { due.append(run.ticket) }
    }
    return due
  }

  /// When the run has to be complete; nil where that has passed, or it is.
  package func deadline(of run: RunID) -> Duration? { clocked[run]?.deadline }

  /// Whether the run's time has begun, and is not over.
  package func knows(_ run: RunID) -> Bool { clocked[run] != nil }

  /// How many places the line has, for a test that memory stays flat.
  package var places: Int { line.count }

  private func isCurrent(_ place: Place) -> Bool { clocked[place.run]?.deadline == place.deadline }

  private mutating func sweep() {
    var kept = Fifo<Place>()
    line.forEach { place in if isCurrent(place) { kept.append(place) } }
    line = kept
  }
}
