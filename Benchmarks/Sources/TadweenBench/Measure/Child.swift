#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// This program, started once more, or one that lies beside it.
enum Child {
  /// Starts it, and waits for its end.
  ///
  /// - Parameter program: What to start of the folder in which this program is; nil: this one.
  /// - Returns: How long it took from before the start to the first line that it wrote, and that line.
  static func firstLine(
    _ arguments: [String], of program: String? = nil
  ) throws(Options.Refusal) -> (time: Duration, line: String) {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw refusal }
    let (reading, writing) = (ends[0], ends[1])
    defer { close(reading) }

    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = unsafe posix_spawn_file_actions_t()
    #endif
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, writing, 1)
    unsafe posix_spawn_file_actions_addclose(&actions, reading)

    let program = Self.path(of: program)
    var words: [UnsafeMutablePointer<CChar>?] = unsafe .init()
    for argument in [program] + arguments { unsafe words.append(strdup(argument)) }
    unsafe words.append(nil)
    defer { unsafe words.forEach { unsafe free($0) } }
    var process: pid_t = 0
    let start = ContinuousClock.now
    let code = unsafe posix_spawn(&process, program, &actions, nil, words, environ)
    close(writing)
    guard code == 0 else {
      throw Options.Refusal(
        description:
          "\(program) could not be started; build the whole package: swift build -c release --package-path Benchmarks")
    }
    let line = line(from: reading)
    let time = start.duration(to: .now)
    waitpid(process, nil, 0)
    return (time, line)
  }

  private static func path(of program: String?) -> String {
    let own = CommandLine.arguments[0]
    guard let program else { return own }
    return own.prefix(upTo: own.lastIndex(of: "/").map { own.index(after: $0) } ?? own.startIndex) + program
  }

  private static func line(from file: Int32) -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while unsafe read(file, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static var refusal: Options.Refusal {
    Options.Refusal(description: "this program could not be started again")
  }
}

/// Sends what was printed on its way: into a pipe it would go at the end only.
func flushOutput() { fflush(nil) }
