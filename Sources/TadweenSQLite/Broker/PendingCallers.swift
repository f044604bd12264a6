internal import Tadween

/// The runs that were submitted under ids of their callers' and are not on the disk, or not for everybody who reads the file
/// now; the others are asked of the file.
struct PendingCallers: Sendable {
  struct Entry: Sendable {
    let run: DurableRun
    let payload: Payload
  }

  private var entries: [String: Entry] = [:]

  subscript(caller: String) -> Entry? { entries[caller] }

  mutating func add(_ new: NewRun, _ run: DurableRun, under caller: String) {
    entries[caller] = Entry(run: run, payload: new.payload)
  }

  /// They are in the file for everybody, or never were.
  ///
  /// - Returns: What is known no longer, to be let go outside the lock.
  mutating func remove(_ callers: [String]) -> [Entry] {
    callers.compactMap { entries.removeValue(forKey: $0) }
  }
}
