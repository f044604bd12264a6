#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the system does with a file that is open.
enum SystemFile {
  /// Writes all of it. False: the system refused, and ``reason()`` says why.
  @unsafe static func write(_ bytes: UnsafeRawBufferPointer, to file: CInt) -> Bool {
    var rest = unsafe bytes
    while unsafe !rest.isEmpty {
      #if canImport(Darwin)
        let count = unsafe Darwin.write(file, rest.baseAddress, rest.count)
      #elseif canImport(Glibc)
        let count = unsafe Glibc.write(file, rest.baseAddress, rest.count)
      #else
        let count = unsafe Musl.write(file, rest.baseAddress, rest.count)
      #endif
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return false }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return true
  }

  /// The same for a text.
  static func write(_ text: String, to file: CInt) -> Bool {
    unsafe Array(text.utf8).withUnsafeBytes { unsafe write($0, to: file) }
  }

  /// Fills the buffer from a place on. Returns how much there was, which is less at the file's end; nil: the system refused.
  @unsafe static func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int, of file: CInt) -> Int? {
    var length = 0
    while length < buffer.count {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[length...])
      let count = unsafe pread(file, rest.baseAddress, rest.count, off_t(offset + length))
      if count < 0, errno == EINTR { continue }
      if count < 0 { return nil }
      if count == 0 { break }
      length += count
    }
    return length
  }

  /// What the system says of its last refusal.
  static func reason() -> String {
    // `strerror` shares one buffer among threads; the few refusals that happen have their own words here.
    switch errno {
    case ENOENT: "its folder does not exist"
    case ENOTDIR: "a part of its path is no folder"
    case EACCES, EPERM: "permission denied"
    case EROFS: "the file system is read-only"
    case ENOSPC, EDQUOT: "no space is left"
    case EFBIG: "a file may not be so long here"
    case EIO: "the disk could not read or write it"
    case ENAMETOOLONG: "its name is too long"
    case EISDIR: "a folder has that name"
    case let code: "system error \(code)"
    }
  }
}
