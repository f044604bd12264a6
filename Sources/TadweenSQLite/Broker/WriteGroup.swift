internal import Tadween

/// What goes to the disk in one transaction, and what is given out when it is there.
struct WriteGroup: Sendable {
  /// New runs. They are their submitters': where the write fails, they never were.
  var submissions: [(run: DurableRun, new: NewRun, origin: Int64?, at: Int64)] = []
  var submitted: [Delivery] = []
  var writes: [JournalWrite] = []
  var deliveries: [Delivery] = []
  var completions: [(run: DurableRun, end: RunEnd)] = []
  /// Of what ended.
  var marks: [RunningMarks.Mark] = []
  var waiters: [CheckedContinuation<Void, any Error>] = []

  var hasWrites: Bool { !submissions.isEmpty || !writes.isEmpty }
  var isEmpty: Bool { !hasWrites && waiters.isEmpty }

  /// Puts what could not be written in front of this, but for the submissions and whoever waited.
  mutating func takeBack(_ failed: WriteGroup, without runs: Set<Int64>) {
    writes = failed.writes.filter { !runs.contains($0.run) } + writes
    deliveries = failed.deliveries + deliveries
    completions = failed.completions.filter { !runs.contains($0.run.number) } + completions
    marks = failed.marks + marks
  }
}
