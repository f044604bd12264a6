internal import GRDBSQLite

/// Who has which lock on one file, among the connections of this process.
struct DiskLocks {
  private var shared: Set<Int> = []
  /// Whoever is to write: one at a time, while others read.
  private var reserved: Int?
  /// Whoever writes, or waits for the last reader.
  private var pending: Int?
  private var exclusive: Int?
  /// The wal-index's: by place, who shares it and who has it alone.
  private var shares: [Int: Set<Int>] = [:]
  private var owners: [Int: Int] = [:]

  /// False: another has it.
  mutating func lock(_ level: CInt, for holder: Int) -> Bool {
    func isFree(_ other: Int?) -> Bool { other == nil || other == holder }
    guard isFree(exclusive) else { return false }
    if level == SQLITE_LOCK_SHARED {
      guard isFree(pending) else { return false }
      shared.insert(holder)
      return true
    }
    guard isFree(reserved) else { return false }
    if level == SQLITE_LOCK_RESERVED {
      reserved = holder
      return true
    }
    guard isFree(pending) else { return false }
    pending = holder
    if level == SQLITE_LOCK_EXCLUSIVE {
      guard shared.isSubset(of: [holder]) else { return false }
      (reserved, exclusive) = (holder, holder)
    }
    return true
  }

  mutating func unlock(to level: CInt, for holder: Int) {
    if exclusive == holder { exclusive = nil }
    if pending == holder { pending = nil }
    if reserved == holder { reserved = nil }
    if level == SQLITE_LOCK_NONE { shared.remove(holder) }
  }

  var isReserved: Bool { reserved != nil }

  mutating func lockIndex(_ places: Range<Int>, flags: CInt, for holder: Int) -> Bool {
    if flags & SQLITE_SHM_UNLOCK != 0 {
      for place in places {
        if flags & SQLITE_SHM_SHARED != 0 { shares[place]?.remove(holder) } else { owners[place] = nil }
      }
      return true
    }
    for place in places {
      guard owners[place] == nil || owners[place] == holder else { return false }
      if flags & SQLITE_SHM_EXCLUSIVE != 0, !shares[place, default: []].isSubset(of: [holder]) { return false }
    }
    for place in places {
      if flags & SQLITE_SHM_SHARED != 0 { shares[place, default: []].insert(holder) } else { owners[place] = holder }
    }
    return true
  }

  mutating func forget(_ holder: Int) {
    unlock(to: SQLITE_LOCK_NONE, for: holder)
    for place in shares.keys { shares[place]?.remove(holder) }
    owners = owners.filter { $0.value != holder }
  }
}
