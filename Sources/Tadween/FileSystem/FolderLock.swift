internal import TadweenCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whoever has it is the only one at work in a folder. The system frees it when the process dies.
final class FolderLock: Sendable {
  // No id becomes such a name.
  static let name = "@lock"
  private let file: Int32

  init(_ folder: String) throws {
    let path = "\(folder)/\(Self.name)"
    file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    if file < 0 { throw FileError.refused("opened", path) }
    if flock(file, LOCK_EX | LOCK_NB) != 0 {
      // Closed when this goes, which is not here: twice, it would be somebody else's the second time.
      throw TadweenError(
        .repositoryFailed,
        "The folder \"\(folder)\" is in use by another repository, in this process or another: share one, or close the other."
      )
    }
  }

  deinit {
    if file < 0 { return }
    // A child that was just forked has it too, until it becomes another program: closing ours alone would leave the lock to it.
    flock(file, LOCK_UN)
    close(file)
  }
}
