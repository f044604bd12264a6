internal import GRDBSQLite
internal import Tadween

/// A file of a disk as one connection has it open. What is asked is answered with SQLite's codes.
final class DiskFile: Sendable {
  private static let lastHolder = Locked(0)

  let disk: LosingDisk
  private let name: String?
  private let number: Int
  private let role: DiskOperation.Role
  private let holder: Int
  /// As on a real disk: a journal that is new has its folder synced with it the first time.
  private let syncsFolder: Locked<Bool>

  /// Nil: there is none, and none is to be made, or the disk refuses.
  init?(_ disk: LosingDisk, _ name: String?, _ role: DiskOperation.Role, makes: Bool) {
    let opened: (number: Int, isNew: Bool)? = disk.state.withLock { state in
      guard let name else { return (state.make(nil, role), false) }
      let known = state.number(of: name)
      if known == nil, !makes { return nil }
      guard state.ask(.open, name, role) == SQLITE_OK else { return nil }
      return (known ?? state.make(name, role), known == nil)
    }
    guard let opened else { return nil }
    (self.disk, self.name, self.role, number) = (disk, name, role, opened.number)
    syncsFolder = Locked(opened.isNew && (role == .wal || role == .journal))
    holder = Self.lastHolder.withLock { last in
      last += 1
      return last
    }
  }

  func close() {
    disk.locks.withLock { $0[number]?.forget(holder) }
    leaveIndex()
  }

  func read(_ count: Int, at offset: Int) -> [UInt8]? {
    disk.state.withLock { state in
      if state.isDark || name != nil && state.refuses(.read) { return nil }
      let live = state.files[number]!.live
      return Array(live[min(offset, live.count)..<min(offset + count, live.count)])
    }
  }

  func write(_ bytes: [UInt8], at offset: Int) -> CInt {
    disk.state.withLock { state in
      let answer = name.map { state.ask(.write, $0, role, offset, bytes.count) } ?? SQLITE_OK
      // Where the power goes in the middle, some of it may be there.
      if answer == SQLITE_OK || state.isEnding { state.write(bytes, at: offset, to: number) }
      return answer
    }
  }

  func truncate(to size: Int) -> CInt {
    disk.state.withLock { state in
      let answer = name.map { state.ask(.truncate, $0, role, size) } ?? SQLITE_OK
      if answer == SQLITE_OK || state.isEnding { state.truncate(number, to: size) }
      return answer
    }
  }

  func sync() -> CInt {
    disk.state.withLock { state in
      let answer = name.map { state.ask(.sync, $0, role) } ?? SQLITE_OK
      guard answer == SQLITE_OK, state.syncs else { return answer }
      state.sync(number)
      let isNew = syncsFolder.withLock { isNew in
        defer { isNew = false }
        return isNew
      }
      if isNew { state.syncFolder() }
      return answer
    }
  }

  var size: Int { disk.state.withLock { $0.files[number]!.live.count } }

  func lock(_ level: CInt) -> CInt {
    disk.locks.withLock { $0[number, default: DiskLocks()].lock(level, for: holder) } ? SQLITE_OK : disk.isBusy()
  }

  func unlock(to level: CInt) { disk.locks.withLock { $0[number]?.unlock(to: level, for: holder) } }
  var isReserved: Bool { disk.locks.withLock { $0[number]?.isReserved ?? false } }

  func lockIndex(_ places: Range<Int>, flags: CInt) -> CInt {
    disk.locks.withLock { $0[number, default: DiskLocks()].lockIndex(places, flags: flags, for: holder) }
      ? SQLITE_OK : disk.isBusy()
  }

  func indexRegion(_ index: Int, size: Int, extends: Bool) -> UnsafeMutableRawPointer? {
    let address = disk.indexes.withLock { indexes in
      let shared = indexes[number] ?? SharedIndex()
      indexes[number] = shared
      // Behind the lock, as several connections map at once.
      let region = unsafe shared.region(index, size: size, extends: extends, for: holder)
      return UInt(bitPattern: region)
    }
    return unsafe UnsafeMutableRawPointer(bitPattern: address)
  }

  func leaveIndex() {
    disk.indexes.withLock { indexes in if indexes[number]?.leave(holder) == true { indexes[number] = nil } }
  }
}

extension DiskState {
  /// The power goes in this very operation.
  var isEnding: Bool { isDark && log.count == end }

  /// Writes down what is asked. Not OK: it is refused, or there is no power.
  mutating func ask(
    _ kind: DiskOperation.Kind, _ file: String, _ role: DiskOperation.Role, _ offset: Int = 0, _ count: Int = 0
  ) -> CInt {
    if isDark {
      end = .max
      return kind.refusal
    }
    log.append(DiskOperation(kind: kind, file: file, role: role, offset: offset, count: count))
    if log.count >= end {
      isDark = true
      return kind.refusal
    }
    guard refuses(kind) else { return SQLITE_OK }
    return fault?.answer == .full ? SQLITE_FULL : kind.refusal
  }

  /// Reads are not written down: they change nothing.
  mutating func refuses(_ kind: DiskOperation.Kind) -> Bool {
    asked[kind, default: 0] += 1
    guard let fault, fault.kind == kind else { return false }
    return asked[kind, default: 0] >= fault.first
  }
}

extension DiskOperation.Kind {
  fileprivate var refusal: CInt {
    let detail: CInt =
      switch self {
      case .open: 0
      case .read: 1
      case .write: 3
      case .sync: 4
      case .truncate: 6
      case .delete: 10
      }
    return self == .open ? SQLITE_CANTOPEN : SQLITE_IOERR | detail << 8
  }
}
