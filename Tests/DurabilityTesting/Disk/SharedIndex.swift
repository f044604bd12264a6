internal import Foundation

/// The memory that the connections to one database share in WAL mode. It is gone with the process, and rebuilt from the WAL.
@safe final class SharedIndex: @unchecked Sendable {  // Only SQLite touches the memory, behind its own locks.
  private var regions: [UnsafeMutableRawPointer] = unsafe []
  private var users: Set<Int> = []

  func region(_ index: Int, size: Int, extends: Bool, for user: Int) -> UnsafeMutableRawPointer? {
    users.insert(user)
    while unsafe regions.count <= index, extends { unsafe regions.append(calloc(1, size)!) }
    return unsafe index < regions.count ? regions[index] : nil
  }

  /// Whether nobody is left.
  func leave(_ user: Int) -> Bool {
    users.remove(user)
    return users.isEmpty
  }

  deinit { unsafe regions.forEach { unsafe free($0) } }
}
