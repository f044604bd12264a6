internal import Foundation
internal import GRDBSQLite
internal import Tadween

/// What SQLite calls: one VFS a process, in which the first part of a path says which disk is meant.
enum LosingVFS {
  static let name = "losing"
  private static let disks = Locked<[Int: Weak]>([:])
  private static let lastNumber = Locked(0)

  private struct Weak: Sendable { weak let disk: LosingDisk? }

  static func nextNumber() -> Int {
    registration
    return lastNumber.withLock { last in
      last += 1
      return last
    }
  }

  static func add(_ disk: LosingDisk, _ number: Int) { disks.withLock { $0[number] = Weak(disk: disk) } }
  static func remove(_ number: Int) { disks.withLock { _ = $0.removeValue(forKey: number) } }

  /// The disk that a path means, and the file's name there.
  fileprivate static func place(_ path: UnsafePointer<CChar>?) -> (disk: LosingDisk, name: String)? {
    guard let path = unsafe path else { return nil }
    let parts = unsafe String(cString: path).split(separator: "/", maxSplits: 1)
    guard parts.count == 2, let number = Int(parts[0]), let disk = disks.withLock({ $0[number]?.disk }) else {
      return nil
    }
    return (disk, String(parts[1]))
  }

  /// Once a process. What it allocates stays as long as the process, for SQLite keeps it.
  private static let registration: Void = {
    let system = unsafe sqlite3_vfs_find(nil)!
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    // Sleeping, randomness and the time are the system's.
    unsafe vfs.initialize(to: system.pointee)
    unsafe vfs.pointee.pNext = nil
    unsafe vfs.pointee.zName = UnsafePointer(strdup(name))
    unsafe vfs.pointee.szOsFile = CInt(MemoryLayout<OpenFile>.size)
    unsafe vfs.pointee.xOpen = { _, path, file, flags, outFlags in unsafe open(path, file!, flags, outFlags) }
    unsafe vfs.pointee.xDelete = { _, path, syncsFolder in unsafe delete(path, syncsFolder: syncsFolder != 0) }
    unsafe vfs.pointee.xAccess = { _, path, _, result in
      guard let place = unsafe place(path) else { return SQLITE_IOERR }
      unsafe result!.pointee = place.disk.state.withLock { $0.number(of: place.name) == nil ? 0 : 1 }
      return SQLITE_OK
    }
    unsafe vfs.pointee.xFullPathname = { _, path, capacity, result in
      unsafe strlen(path!) < Int(capacity) && strcpy(result!, path!) == result ? SQLITE_OK : SQLITE_CANTOPEN
    }
    unsafe sqlite3_vfs_register(vfs, 0)
  }()

  private static func open(
    _ path: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>, _ flags: CInt,
    _ outFlags: UnsafeMutablePointer<CInt>?
  ) -> CInt {
    let slot = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenFile.self)
    unsafe slot.initialize(to: OpenFile(methods: nil, file: nil))
    let role: DiskOperation.Role =
      if flags & SQLITE_OPEN_MAIN_DB != 0 { .database } else if flags & SQLITE_OPEN_WAL != 0 {
        .wal
      } else if flags & SQLITE_OPEN_MAIN_JOURNAL != 0 { .journal } else { .other }
    let opened: DiskFile?
    if unsafe path == nil {
      // A file without a name is nobody else's, and gone when it is closed.
      opened = DiskFile(LosingDisk(), nil, .other, makes: true)
    } else {
      opened = unsafe place(path).flatMap { DiskFile($0.disk, $0.name, role, makes: flags & SQLITE_OPEN_CREATE != 0) }
    }
    guard let opened else { return SQLITE_CANTOPEN }
    unsafe slot.pointee = OpenFile(methods: UnsafePointer(methods), file: Unmanaged.passRetained(opened))
    unsafe outFlags?.pointee = flags
    return SQLITE_OK
  }

  private static func delete(_ path: UnsafePointer<CChar>?, syncsFolder: Bool) -> CInt {
    guard let place = unsafe place(path) else { return SQLITE_IOERR }
    return place.disk.state.withLock { state in
      guard let number = state.number(of: place.name) else { return SQLITE_IOERR | 23 << 8 }
      let answer = state.ask(.delete, place.name, state.files[number]!.role)
      if answer != SQLITE_OK { return answer }
      state.remove(place.name)
      if syncsFolder, state.syncs { state.syncFolder() }
      return SQLITE_OK
    }
  }
}

/// What SQLite keeps for a file: its methods first, as it wants, and then what is ours.
@unsafe struct OpenFile {
  var methods: UnsafePointer<sqlite3_io_methods>?
  var file: Unmanaged<DiskFile>?
}
