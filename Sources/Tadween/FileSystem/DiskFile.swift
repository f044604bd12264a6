#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file of the machine's that is open: while it is, its bytes are there, also where another took its name.
final class DiskFile: NewFile, OpenFile {
  private let path: String
  /// -1 once it is closed.
  private let descriptor: Locked<CInt>

  /// Takes a descriptor over.
  init(_ path: String, _ descriptor: CInt) {
    self.path = path
    self.descriptor = Locked(descriptor)
  }

  deinit {
    let file = descriptor.withLock { $0 }
    if file >= 0 { close(file) }
  }

  func append(_ data: Data) throws {
    try descriptor.withLock { file in
      guard unsafe data.withUnsafeBytes({ unsafe SystemFile.write($0, to: file) }) else {
        throw FileError.refused("written", path)
      }
    }
  }

  func finish() throws {
    try descriptor.withLock { file in
      if fsync(file) != 0 { throw FileError.refused("synced", path) }
      // Some file systems say only here that they could not write.
      let result = close(file)
      file = -1
      if result != 0 { throw FileError.refused("closed", path) }
    }
  }

  func read(from offset: Int, atMost count: Int) throws -> Data {
    let file = descriptor.withLock { $0 }
    var data = Data(count: count)
    let length = unsafe data.withUnsafeMutableBytes { unsafe SystemFile.read(into: $0, at: offset, of: file) }
    guard let length else { throw FileError.refused("read", path) }
    return length == count ? data : Data(data.prefix(length))
  }
}
