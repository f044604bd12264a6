internal import Tadween

/// The runs that were submitted under ids of their callers' and are not on the disk yet; the others are asked of the file.
struct PendingCallers: Sendable {
  struct Entry: Sendable {
    let run: DurableRun
    let payload: Payload
  }

  private var entries: [String: Entry] = [:]
  /// How often some were stored: what was asked of the file before is to be asked again.
  private(set) var epoch = 0

  subscript(caller: String) -> Entry? { entries[caller] }

  mutating func add(_ new: NewRun, _ run: DurableRun, under caller: String) {
    entries[caller] = Entry(run: run, payload: new.payload)
  }

  /// They are stored, or never were.
  ///
  /// - Returns: What is known no longer, to be let go outside the lock.
  mutating func remove(_ callers: [String]) -> [Entry] {
    if callers.isEmpty { return [] }
    epoch += 1
    return callers.compactMap { entries.removeValue(forKey: $0) }
  }
}
