import Foundation

/// A small file system of a test's own, where the system lets one have it: for root on Linux.
final class Mount: Sendable {
  let folder: Folder
  var path: String { folder.url.path }

  /// Whether one may be made here.
  static let isPermitted: Bool = (try? Mount(size: "64k")) != nil

  /// - Throws: Where it is not permitted.
  init(size: String) throws {
    folder = try Folder()
    #if os(Linux)
      if unsafe mount("tmpfs", folder.url.path, "tmpfs", 0, "size=\(size)") == 0 { return }
    #endif
    throw Trouble("a file system may not be mounted here")
  }

  /// From now on nothing in it can be changed, or again it can.
  func setReadOnly(_ isReadOnly: Bool) throws {
    #if os(Linux)
      let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
      // The kernel may hold what was closed for a moment more.
      for _ in 0..<1000 {
        if unsafe mount("tmpfs", path, "tmpfs", flags, nil) == 0 { return }
        guard errno == EBUSY else { break }
        usleep(1000)
      }
    #endif
    throw Trouble("it cannot be mounted anew: \(errno)")
  }

  deinit {
    #if os(Linux)
      // Lazily, for what a test has open goes when it goes.
      _ = unsafe umount2(path, CInt(MNT_DETACH))
    #endif
  }
}
