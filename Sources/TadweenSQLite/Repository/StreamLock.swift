internal import Tadween

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What everybody has who writes parts into a database piece by piece, in whatever process; the system takes it from one
/// that dies. Whoever has it alone knows that the pieces that are there and belong to no part were left by one that died.
///
/// Asked for in write transactions only, of which there is one at a time: nobody ever waits for it.
final class StreamLock: Sendable {
  private let file: Int32

  /// - Parameter path: Of the database; the lock is a file beside it, which stays empty.
  init(_ path: String) throws {
    let path = "\(path)-streams"
    file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    if file < 0 {
      throw TadweenError(
        .repositoryFailed,
        "\"\(path)\" cannot be opened, without which no part is written in pieces: see the rights of the file and of its folder."
      )
    }
  }

  deinit { close(file) }

  /// False where somebody else has it.
  func takeAlone() -> Bool { flock(file, LOCK_EX | LOCK_NB) == 0 }

  /// Has it with others from now on.
  func share() throws {
    if flock(file, LOCK_SH | LOCK_NB) == 0 { return }
    throw TadweenError(
      .repositoryFailed, "A lock beside the database is held by a program that is none of ours: end it.")
  }
}
