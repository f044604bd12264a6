internal import Tadween

/// One run of a durable broker: its ledger as it is in memory, and where it stands in the file.
///
/// What changes is only touched under the broker's lock.
final class DurableRun: RunTicket, @unchecked Sendable {  // changes under the broker's lock alone
  /// Its key in the tables: runs are numbered as they are submitted.
  let number: Int64
  let run: RunID
  private let origin: RunOrigin?
  private let ledgers: Ledgers

  /// nil: it waits in the file until there is room in memory.
  var ledger: RunLedger?
  /// How many events it has.
  var eventCount: Int64 = 0
  private var begun: Begun?

  /// What a run has once it has begun.
  struct Course {
    /// What failed, and whether it is parked; each has a row.
    var letters: [Activation: Bool] = [:]
    /// What runs.
    var running: [Running] = []
    /// What became of it, round by round, as far as that is on the disk: nobody is told of what might still be lost.
    var ends: [RunEnd] = []
    /// Its submission could not be written: it never was.
    var wasDropped = false
  }

  /// A delivery that a worker has taken up.
  struct Running {
    let key: DeliveryKey
    let since: Int64
    let mark: RunningMarks.Mark?
  }

  /// Made at the first change, for a million runs may wait that have none.
  private final class Begun {
    var course = Course()
  }

  var course: Course {
    _read { if let begun { yield begun.course } else { yield Course() } }
    _modify {
      let begun = begun ?? Begun()
      self.begun = begun
      yield &begun.course
    }
  }

  init(_ new: NewRun, number: Int64, in ledgers: Ledgers) {
    (run, origin) = (new.id, RunOrigin.of(new))
    (self.number, self.ledgers) = (number, ledgers)
  }

  deinit { ledgers.forget(number) }

  /// The run behind a ticket; nil where the ticket is another broker's, of an earlier process for instance.
  static func of(_ ticket: (any RunTicket)?, in ledgers: Ledgers) -> DurableRun? {
    (ticket as? DurableRun).flatMap { $0.ledgers === ledgers ? $0 : nil }
  }

  var priority: Int { origin?.priority ?? 0 }
  var metadata: Metadata { origin?.metadata ?? [:] }
  func begin(_ key: DeliveryKey) -> Bool { ledgers.begin(key, of: self) }
  func awaited(in graph: WorkflowGraph) -> [AwaitedToken] {
    ledgers.withLock { _ in ledger }?.awaited(in: graph) ?? []
  }
  func hasEnded(_ stage: StageID) -> Bool { ledgers.withLock { _ in ledger?.hasEnded(stage) ?? false } }
  var round: Int { ledgers.withLock { _ in ledger?.round ?? 0 } }
  var end: RunEnd? { ledgers.withLock { _ in storedEnd(of: ledger?.round ?? 0) } }
  func end(of round: Int) -> RunEnd? { ledgers.withLock { _ in storedEnd(of: round) } }
  private func storedEnd(of round: Int) -> RunEnd? { round < course.ends.count ? course.ends[round] : nil }

  /// The ledger with nobody looking on; for whoever looks, which takes longer than a lock may be held.
  var copy: RunLedger? { ledgers.withLock { _ in ledger } }
}
