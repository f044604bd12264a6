internal import TadweenCore

/// Which run a caller's id stands for: what makes a repeated submission find its run.
///
/// Unfinished runs are all known; of the finished ones the last few, so that memory does not grow with every run.
struct CallerRegistry: Sendable {
  private struct Entry: Sendable {
    let run: MemoryRun
    let payload: Payload
  }

  private let remembered: Int
  private var entries: [String: Entry] = [:]
  private var finished = Fifo<String>()

  init(remembered: Int) { self.remembered = remembered }

  /// Makes the new run known under its caller's id, or says which run has that id already.
  mutating func register(_ new: NewRun, as run: MemoryRun) -> Submission? {
    guard let caller = new.callerID else { return nil }
    if let entry = entries[caller] {
      return entry.payload.isEqual(to: new.payload) ? .existing(entry.run) : .conflict(entry.run.run)
    }
    entries[caller] = Entry(run: run, payload: new.payload)
    return nil
  }

  mutating func finish(_ caller: String) {
    finished.append(caller)
    while finished.count > remembered, let oldest = finished.popFirst() { entries[oldest] = nil }
  }
}
