import DurabilityTesting
import Foundation
import Tadween
import TadweenSQLite

/// Saves artifacts until it is killed, or the system refuses.
///
///     SaveLoop files|sqlite PATH kill SEED COUNT MICROSECONDS   kills itself with SIGKILL so long after so many saves
///     SaveLoop files|sqlite PATH early SEED COUNT MICROSECONDS  so long after it began
///     SaveLoop files|sqlite PATH limit BYTES                no file may be longer than that, until one save was refused
///     SaveLoop files|sqlite PATH nobody                     saves once, without the rights of root
///
/// Prints a line for what was acknowledged, once it was: an id and a generation; and what was refused.
@main struct SaveLoop {
  static func main() async {
    let arguments = CommandLine.arguments
    let (kind, path, mode) = (arguments[1], arguments[2], arguments[3])
    let number = arguments.count > 4 ? Int(arguments[4])! : 0
    do {
      let (count, delay) = arguments.count > 6 ? (Int(arguments[5])!, UInt32(arguments[6])!) : (0, 0)
      if mode == "early" { dieLater(microseconds: delay) }
      if mode == "nobody", getuid() == 0, setgid(65534) != 0 || setuid(65534) != 0 { return say("refused: still root") }
      let store: any Repository<Paired> =
        kind == "files" ? try FileRepository(folder: path) : try SQLiteRepository(path: path)
      switch mode {
      case "kill": try await saveForEver(store, seed: number) { if $0 == count { dieLater(microseconds: delay) } }
      case "early": try await saveForEver(store, seed: number)
      case "limit": try await saveUntilRefused(store, limit: number)
      default: try await save("a", 1, size: 100, in: store)
      }
    } catch { say("refused: \(error)") }
  }

  static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = unsafe write(STDOUT_FILENO, bytes, bytes.count)
  }

  static func save(_ id: ArtifactID, _ generation: Int, size: Int, in store: any Repository<Paired>) async throws {
    try await store.save(Paired(id, generation, size: size))
    say("\(id.text) \(generation)")
  }

  /// From where the last one was killed on, so that generations only rise. Now and then all at once.
  ///
  /// - Parameter willSave: Is told how many saves there were.
  static func saveForEver(
    _ store: any Repository<Paired>, seed: Int, willSave: (Int) -> Void = { _ in }
  ) async throws {
    let ids: [ArtifactID] = ["a", "b", "c"]
    var generation = try await store.filter().map(\.root.generation).max() ?? 0
    for count in 0... {
      willSave(count)
      generation += 1
      let id = ids[(generation + seed) % ids.count]
      if (generation + seed) % 4 == 0 {
        try await store.save(contentsOf: ids.map { Paired($0, generation, size: 100_000) })
        for id in ids { say("\(id.text) \(generation)") }
      } else {
        try await save(id, generation, size: 100_000 + generation % 7, in: store)
      }
    }
  }

  /// The limit stands for a disk that is full, where a test may not make one.
  static func saveUntilRefused(_ store: any Repository<Paired>, limit: Int) async throws {
    try await save("a", 1, size: 1000, in: store)
    #if canImport(Glibc)
      let fileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    #else
      let fileSize = RLIMIT_FSIZE
    #endif
    var limits = rlimit()
    unsafe getrlimit(fileSize, &limits)
    let before = limits
    // Without this the process dies at the limit.
    signal(SIGXFSZ, SIG_IGN)
    limits.rlim_cur = rlim_t(limit)
    unsafe setrlimit(fileSize, &limits)
    var generation = 1
    do {
      while true {
        generation += 1
        try await save("a", generation, size: 1000 * generation * generation, in: store)
      }
    } catch { say("refused: \(error)") }
    limits = before
    unsafe setrlimit(fileSize, &limits)
    let left = try await store.load("a", parts: .all)
    say("left: \(left.problem ?? "generation \(left.root.generation)")")
    try await save("a", generation + 1, size: 1000 * generation * generation, in: store)
  }

  /// On a thread, for whatever the loop does, and not asked. In real time, for a kill knows no other.
  static func dieLater(microseconds: UInt32) {
    Thread.detachNewThread {
      usleep(microseconds)
      kill(getpid(), SIGKILL)
    }
  }
}
