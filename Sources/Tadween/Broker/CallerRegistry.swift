internal import TadweenCore

/// Which run a caller's id stands for: what makes a repeated submission find its run.
///
/// Unfinished runs are all known; of the finished ones the last few, so that memory does not grow with every run.
struct CallerRegistry: Sendable {
  /// What was submitted under an id.
  struct Entry: Sendable {
    let run: MemoryRun
    let payload: Payload
    var hasFinished = false

    /// What becomes of a submission under the same id. It may run the payload's own ==, so ask it outside the lock.
    func answer(to new: NewRun) -> Submission {
      payload.isEqual(to: new.payload) ? .existing(run) : .conflict(run.run)
    }
  }

  private let remembered: Int
  private var entries: [String: Entry] = [:]
  private var finished = Fifo<String>()

  init(remembered: Int) { self.remembered = remembered }

  subscript(caller: String) -> Entry? { entries[caller] }

  mutating func register(_ new: NewRun, as run: MemoryRun, under caller: String) {
    entries[caller] = Entry(run: run, payload: new.payload)
  }

  /// Returns what is known no longer, to be let go outside the lock.
  mutating func finish(_ caller: String) -> [Entry] {
    // One that is redriven finishes again.
    guard entries[caller]?.hasFinished == false else { return [] }
    entries[caller]?.hasFinished = true
    finished.append(caller)
    var forgotten: [Entry] = []
    while finished.count > remembered, let oldest = finished.popFirst() {
      if let entry = entries.removeValue(forKey: oldest) { forgotten.append(entry) }
    }
    return forgotten
  }
}
