internal import Foundation
internal import GRDBSQLite
internal import Tadween

extension LosingVFS {
  /// What can be done with an open file. Nothing changes it once it is made.
  nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    unsafe methods.initialize(to: sqlite3_io_methods())
    // The second version has the wal-index, and not yet memory mapped files.
    unsafe methods.pointee.iVersion = 2
    unsafe methods.pointee.xClose = { file in
      unsafe opened(file).close()
      unsafe UnsafeMutableRawPointer(file!).assumingMemoryBound(to: OpenFile.self).pointee.file!.release()
      return SQLITE_OK
    }
    unsafe methods.pointee.xRead = { file, buffer, count, offset in
      guard let bytes = unsafe opened(file).read(Int(count), at: Int(offset)) else { return SQLITE_IOERR | 1 << 8 }
      unsafe UnsafeMutableRawBufferPointer(start: buffer, count: Int(count)).copyBytes(from: bytes)
      if bytes.count == Int(count) { return SQLITE_OK }
      // What is not there reads as nought, and is said.
      unsafe memset(buffer! + bytes.count, 0, Int(count) - bytes.count)
      return SQLITE_IOERR | 2 << 8
    }
    unsafe methods.pointee.xWrite = { file, buffer, count, offset in
      unsafe opened(file).write(
        Array(UnsafeRawBufferPointer(start: buffer, count: Int(count))), at: Int(offset))
    }
    unsafe methods.pointee.xTruncate = { file, size in unsafe opened(file).truncate(to: Int(size)) }
    unsafe methods.pointee.xSync = { file, _ in unsafe opened(file).sync() }
    unsafe methods.pointee.xFileSize = { file, size in
      unsafe size!.pointee = Int64(opened(file).size)
      return SQLITE_OK
    }
    unsafe methods.pointee.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    // As the system's own VFS says.
    unsafe methods.pointee.xSectorSize = { _ in 4096 }
    unsafe methods.pointee.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
    unsafe addLocks(to: &methods.pointee)
    return unsafe methods
  }()

  private static func addLocks(to methods: inout sqlite3_io_methods) {
    unsafe methods.xLock = { file, level in unsafe opened(file).lock(level) }
    unsafe methods.xUnlock = { file, level in
      unsafe opened(file).unlock(to: level)
      return SQLITE_OK
    }
    unsafe methods.xCheckReservedLock = { file, result in
      unsafe result!.pointee = opened(file).isReserved ? 1 : 0
      return SQLITE_OK
    }
    unsafe methods.xShmMap = { file, region, size, extends, result in
      unsafe result!.pointee = unsafe opened(file).indexRegion(Int(region), size: Int(size), extends: extends != 0)
      return SQLITE_OK
    }
    unsafe methods.xShmLock = { file, place, count, flags in
      unsafe opened(file).lockIndex(Int(place)..<Int(place + count), flags: flags)
    }
    // A lock that is taken and given back orders memory.
    unsafe methods.xShmBarrier = { file in unsafe opened(file).disk.locks.withLock { _ in } }
    unsafe methods.xShmUnmap = { file, _ in
      unsafe opened(file).leaveIndex()
      return SQLITE_OK
    }
  }
}

private func opened(_ file: UnsafeMutablePointer<sqlite3_file>?) -> DiskFile {
  unsafe UnsafeMutableRawPointer(file!).assumingMemoryBound(to: OpenFile.self).pointee.file!.takeUnretainedValue()
}
