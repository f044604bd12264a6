internal import Tadween

/// The runs of a durable broker that are in memory, and what is to be written about them.
///
/// An event is applied here first, and its rows join the group that is written next; what follows from it (deliveries,
/// completions) is given out once the group is on the disk. Where a write fails, nothing is undone: the rows stay in front of
/// the next group, for whoever committed repeats the commit (rule R6).
final class Ledgers: Sendable {
  struct State: Sendable {
    var graph: WorkflowGraph?
    var isClosed = false
    /// Unfinished, in memory.
    var resident: [Int64: DurableRun] = [:]
    /// Of those, the ones of which something is parked, and how much; and those of which nothing else is open.
    var parked: [Int64: Int] = [:]
    var atRest: Set<Int64> = []
    /// The others that somebody holds: finished, or waiting in the file.
    var held: [Int64: WeakRun] = [:]
    var lastNumber: Int64 = 0
    var backlog = Backlog()
    /// The last time that there was room, the file could not be read.
    var isToBeFilled = false
    var callers = PendingCallers()
    var readers = FileReaders()
    /// Unfinished, and not to go on: the graph has changed.
    var unfit: Set<Int64> = []
    var group = WriteGroup()
    var isWriting = false
    /// Complete, and remembered.
    var finishedCount = 0
    /// When the age of runs is looked at again.
    var nextRetention: Int64 = 0
    /// Where letting go of runs goes on after the next write; nil: all have gone that were to.
    var sweep: RetentionSweep?
    var statistics = SQLiteBrokerStatistics()
    /// What no result has told yet: what was read from the file meanwhile is ready, and what was commanded by somebody who
    /// was answered with an error. The next result does, whosever it is.
    var untold = CommitResult()
    /// Complete, on the disk, and to be told.
    var completions: [RunEnd] = []
    /// Results of commits whose write failed, for when they are repeated; by their first delivery.
    var unanswered: [DeliveryID: CommitResult] = [:]
    /// The same for commands; the last one of a run.
    var unansweredCommands: [RunID: UnansweredCommand] = [:]
  }

  struct WeakRun: Sendable {
    weak let run: DurableRun?
  }

  let state = Locked(State())
  private let gone = Locked<[Int64]>([])
  let limit: Int
  let now: @Sendable () -> Int64
  /// nil where what runs is not marked.
  let marks = Locked<RunningMarks?>(nil)

  init(limit: Int, now: @escaping @Sendable () -> Int64) { (self.limit, self.now) = (limit, now) }

  func withLock<Result>(_ body: (inout State) throws -> sending Result) rethrows -> sending Result {
    try state.withLock(body)
  }

  /// Nobody holds the run any more. Only noted, for this may be called wherever a reference goes, under the lock too.
  func forget(_ number: Int64) { gone.withLock { $0.append(number) } }

  /// Lets go of what is known about runs that nobody holds any more.
  func tidy() {
    let gone = gone.withLock { gone in
      defer { gone = [] }
      return gone
    }
    if gone.isEmpty { return }
    withLock { state in
      for number in gone { if let held = state.held[number], held.run == nil { state.held[number] = nil } }
    }
  }

  /// Reads the file, and looks at what is in memory with what it read: see ``FileReaders``.
  func reading<Result>(_ body: () throws -> Result) rethrows -> Result {
    let beginning = withLock { $0.readers.begin() }
    defer {
      let old = withLock { state in
        let released = state.readers.end(beginning)
        return (released, state.callers.remove(released.callerIDs))
      }
      withExtendedLifetime(old) {}
      tidy()
    }
    return try body()
  }

  func begin(_ key: DeliveryKey, of run: DurableRun) -> Bool {
    let marks = marks.withLock { $0 }
    let since = now()
    return withLock { _ in
      guard run.ledger?.begin(key) == true else { return false }
      run.course.running.append(DurableRun.Running(key: key, since: since, mark: marks?.set(run.number, key)))
      return true
    }
  }
}

extension Ledgers.State {
  /// The run, where somebody has it.
  func known(_ number: Int64) -> DurableRun? { resident[number] ?? held[number]?.run }

  /// How many runs take room. One that only waits for somebody to decide does not: the others would wait with it.
  var occupancy: Int { resident.count - atRest.count }

  /// Something happened to a run.
  mutating func weigh(_ run: DurableRun) {
    // Most have nothing that is parked.
    if parked.isEmpty { return }
    if let count = parked[run.number], count == run.ledger?.openCount {
      atRest.insert(run.number)
    } else {
      atRest.remove(run.number)
    }
  }

  /// Notes what happened to a run, and what came of it.
  ///
  /// - Parameter lasted: See ``JournalWrite/event(run:number:_:lasted:isReused:at:)``.
  mutating func note(_ event: RunEvent, of run: DurableRun, lasted: Int64? = nil, isReused: Bool = false, at now: Int64)
  {
    run.eventCount += 1
    group.writes.append(
      .event(run: run.number, number: run.eventCount, event, lasted: lasted, isReused: isReused, at: now))
  }

  /// A run that somebody did something to is unfinished and in memory until its end is on the disk.
  mutating func keep(_ run: DurableRun) {
    held[run.number] = nil
    resident[run.number] = run
  }

  /// A run is complete: its row will say so, and then whoever waits.
  mutating func complete(_ run: DurableRun, _ end: RunEnd, at now: Int64) {
    group.writes.append(.finished(run: run.number, end.outcome, at: now))
    group.completions.append((run, end))
  }
}
