internal import TadweenCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that appears at its path whole or not at all: it is written beside it, then renamed.
///
/// A reader never sees half of it, and what stood there before stays until the new one is complete.
struct ReplacedFile: ~Copyable {
  let path: String
  /// Where to write meanwhile: in the same folder, as a rename does not cross file systems.
  let temporaryPath: String

  /// Takes a place beside the path, and so finds out early whether the folder can be written.
  init(path: String) throws(TadweenError) {
    // The system would take what stands before it for the whole path.
    guard !path.utf8.contains(0) else { throw .unwritable(path, reason: "its name holds a NUL character") }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "./"
    // A new name each time, of a length that any file system takes; not from the target's, which may be at its limit.
    let temporary = "\(folder).tadween-\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp"
    // A folder at the path would be noticed at the rename only, after all the work.
    guard !Self.isFolder(path) else { throw .unwritable(path, reason: "a folder has that name") }
    let descriptor = unsafe open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(path, reason: SystemFile.reason()) }
    close(descriptor)
    self.path = path
    self.temporaryPath = temporary
  }

  /// Replaces what has been written so far.
  func fill(with text: String) throws(TadweenError) {
    let descriptor = unsafe open(temporaryPath, O_WRONLY | O_TRUNC | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unwritable(path, reason: SystemFile.reason()) }
    defer { close(descriptor) }
    guard SystemFile.write(text, to: descriptor) else { throw .unwritable(path, reason: SystemFile.reason()) }
  }

  /// How much has been written, by whoever wrote it.
  var size: Int {
    var status = stat()
    return unsafe stat(temporaryPath, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Puts the file in its place.
  func commit() throws(TadweenError) {
    // Renamed before its bytes are on the disk, a file can be found empty after a power cut.
    let descriptor = unsafe open(temporaryPath, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unwritable(path, reason: SystemFile.reason()) }
    let synced = fsync(descriptor)
    let problem = SystemFile.reason()
    close(descriptor)
    guard synced == 0 else { throw .unwritable(path, reason: problem) }
    guard unsafe rename(temporaryPath, path) == 0 else { throw .unwritable(path, reason: SystemFile.reason()) }
  }

  // After a commit there is nothing left to remove, and the name is nobody else's.
  deinit { _ = unsafe unlink(temporaryPath) }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
