internal import Foundation
internal import Tadween

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whoever has it is the only broker that works on a database, in this process or another.
///
/// The lock is the kernel's, which frees it when the process dies: nobody waits for a lease to expire, and nobody is declared
/// dead who lives. It lies on a file of its own beside the database, `-owner`, because SQLite's own locks are lost when any
/// descriptor of their file is closed. Programs that it starts do not inherit it.
final class DatabaseOwner: Sendable {
  /// The beginning of the file, which says in words who has it.
  static let headerSize = 4096

  let descriptor: Int32
  let path: String
  private let isOpen = Locked(true)

  /// - Throws: `repositoryFailed` where the file cannot be opened, and where another one has it, whom it names.
  init(of database: String) throws {
    path = Self.file(of: database)
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    if descriptor < 0 {
      throw TadweenError(
        .repositoryFailed,
        "\"\(path)\" cannot be opened, which says who works on the database: see whether its folder is there, and the rights of both. (\(unsafe String(cString: strerror(errno))))"
      )
    }
    var looks = 0
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      // Whoever asks who has it has a shared lock, for a moment.
      if looks < 1000, flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
        looks += 1
        flock(descriptor, LOCK_UN)
        usleep(100)
        continue
      }
      // Closed when this goes, which is not here: twice, it would be somebody else's the second time.
      let owner = Self.words(in: descriptor)
      throw TadweenError(
        .repositoryFailed,
        "The database \"\(database)\" is in use by \(owner ?? "another broker"): close that one, or give this workflow a file of its own."
      )
    }
  }

  deinit { shut() }

  /// Lets another one have it.
  func shut() {
    let wasOpen = isOpen.withLock { isOpen in
      defer { isOpen = false }
      return isOpen
    }
    if !wasOpen || descriptor < 0 { return }
    // A child that was just forked has the descriptor too, until it becomes another program: closing ours alone would leave
    // the lock to it.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Writes down who has it, for whoever does not get it.
  func sign(at now: Date) throws {
    let words = "process \(getpid()) (\(ProcessInfo.processInfo.processName)) since \(now.formatted(.iso8601))\n"
    var page = Data(words.utf8.prefix(Self.headerSize))
    page.append(Data(count: Self.headerSize - page.count))
    try write(page, at: 0)
  }

  func write(_ data: Data, at offset: Int) throws {
    let count = unsafe data.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    if count == data.count { return }
    throw TadweenError(
      .repositoryFailed,
      "\"\(path)\" cannot be written to: see whether its disk has room. (\(unsafe String(cString: strerror(errno))))")
  }

  /// All that lies behind the words.
  func contents() -> Data {
    let size = Int(lseek(descriptor, 0, SEEK_END)) - Self.headerSize
    return size > 0 ? Self.read(descriptor, count: size, at: Self.headerSize) : Data()
  }

  /// Who has a database; nil: nobody.
  static func current(of database: String) -> String? {
    let descriptor = unsafe open(file(of: database), O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return nil }
    // Given back by name, for a child that was just forked has the descriptor too.
    defer {
      flock(descriptor, LOCK_UN)
      close(descriptor)
    }
    // Shared, so that two who look do not take each other for an owner.
    if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
    return words(in: descriptor) ?? "another broker"
  }

  /// Beside the database itself, whatever link leads to it. Whether that is there or not: SQLite makes what a link names.
  private static func file(of database: String) -> String {
    var path = database
    for _ in 0..<40 {
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { break }
      // As the kernel goes there: dots are not taken out, for the folder may be a link itself.
      let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
      path = target.hasPrefix("/") ? target : folder + target
    }
    return "\(path)-owner"
  }

  private static func words(in descriptor: Int32) -> String? {
    let words = String(decoding: read(descriptor, count: headerSize, at: 0), as: UTF8.self)
      .prefix { $0 != "\n" && $0 != "\0" }
    return words.isEmpty ? nil : String(words)
  }

  private static func read(_ descriptor: Int32, count: Int, at offset: Int) -> Data {
    var data = Data(count: count)
    let read = unsafe data.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    return data.prefix(max(0, read))
  }
}
