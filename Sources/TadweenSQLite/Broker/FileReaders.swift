/// Whoever reads the file sees it as it was when he began. What is stored and let go meanwhile is kept in memory until he has
/// done, where he finds it first: so he takes nothing that is old for what is.
struct FileReaders: Sendable {
  struct Kept: Sendable {
    let run: DurableRun
    /// The id under which it was submitted, where that is why it is kept.
    var callerID: String?
  }

  /// Of each who reads, in the order of their beginning: how many had been kept before.
  private var beginnings: [Int] = []
  private var kept: [Kept] = []
  /// How many have been let go.
  private var released = 0

  /// Somebody is about to read.
  ///
  /// - Returns: What he names at his end.
  mutating func begin() -> Int {
    beginnings.append(released + kept.count)
    return released + kept.count
  }

  /// He has done, and holds what he wants of it.
  ///
  /// - Returns: What nobody needs any more, to be let go outside the lock.
  mutating func end(_ beginning: Int) -> [Kept] {
    if let reader = beginnings.firstIndex(of: beginning) { beginnings.remove(at: reader) }
    let count = (beginnings.first ?? released + kept.count) - released
    defer {
      kept.removeFirst(count)
      released += count
    }
    return Array(kept.prefix(count))
  }

  /// - Returns: False where nobody reads, and it need not be kept.
  mutating func keep(_ run: DurableRun, callerID: String? = nil) -> Bool {
    if beginnings.isEmpty { return false }
    kept.append(Kept(run: run, callerID: callerID))
    return true
  }
}
