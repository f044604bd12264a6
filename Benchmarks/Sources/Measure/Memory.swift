internal import CMemory

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What this process uses, in bytes.
package enum Memory {
  /// The most that was resident at any time so far.
  package static var peakResident: Int {
    var usage = rusage()
    #if canImport(Darwin)
      unsafe getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #else
      unsafe getrusage(.init(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1_024
    #endif
  }

  /// What is resident now; 0 where the system does not say.
  package static var resident: Int {
    #if canImport(Glibc) || canImport(Musl)
      guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
      defer { unsafe fclose(file) }
      var line = [CChar](repeating: 0, count: 128)
      guard unsafe fgets(&line, Int32(line.count), file) != nil else { return 0 }
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      return pages * sysconf(Int32(_SC_PAGESIZE))
    #else
      return 0
    #endif
  }

  /// What malloc has handed out and not got back: exact, while resident memory comes in pages and is kept for later.
  /// nil where the C library does not say.
  package static var allocated: Int? {
    let bytes = Int(bytes_allocated())
    return bytes == 0 ? nil : bytes
  }
}
