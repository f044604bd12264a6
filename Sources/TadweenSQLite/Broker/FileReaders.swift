/// Whoever reads the file sees it as it was when he began. What is stored and let go meanwhile is kept in memory until he has
/// done, where he finds it first; and what was deleted is known to be. So he takes nothing that is old for what is.
struct FileReaders: Sendable {
  private enum Kept: Sendable {
    /// With the id under which it was submitted, where that is why it is kept.
    case run(DurableRun, callerID: String?)
    case deleted(Int64)
  }

  /// What nobody who reads needs any more, to be let go outside the lock.
  struct Released: Sendable {
    var runs: [DurableRun] = []
    var callerIDs: [String] = []
  }

  /// Of each who reads, in the order of their beginning: how many had been kept before.
  private var beginnings: [Int] = []
  private var kept: [Kept] = []
  /// How many have been let go.
  private var released = 0
  private var deleted: Set<Int64> = []

  /// Somebody is about to read.
  ///
  /// - Returns: What he names at his end.
  mutating func begin() -> Int {
    beginnings.append(released + kept.count)
    return released + kept.count
  }

  /// He has done, and holds what he wants of it.
  mutating func end(_ beginning: Int) -> Released {
    if let reader = beginnings.firstIndex(of: beginning) { beginnings.remove(at: reader) }
    let count = (beginnings.first ?? released + kept.count) - released
    var result = Released()
    for kept in kept.prefix(count) {
      switch kept {
      case .run(let run, let callerID):
        result.runs.append(run)
        if let callerID { result.callerIDs.append(callerID) }
      case .deleted(let number): deleted.remove(number)
      }
    }
    kept.removeFirst(count)
    released += count
    return result
  }

  /// - Returns: False where nobody reads, and it need not be kept.
  mutating func keep(_ run: DurableRun, callerID: String? = nil) -> Bool {
    if beginnings.isEmpty { return false }
    kept.append(.run(run, callerID: callerID))
    return true
  }

  /// Whether a run that somebody has read is no more, or is about to be.
  func isDeleted(_ number: Int64) -> Bool { deleted.contains(number) }

  /// A run is about to be deleted.
  mutating func delete(_ number: Int64) { deleted.insert(number) }

  /// Runs were deleted, or could not be.
  mutating func settle(_ numbers: [Int64], areDeleted: Bool) {
    if areDeleted, !beginnings.isEmpty { kept += numbers.map(Kept.deleted) } else { deleted.subtract(numbers) }
  }
}
