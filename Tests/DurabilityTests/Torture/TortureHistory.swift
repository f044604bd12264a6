import DurabilityTesting
import Foundation

/// What the handlers of all processes did, in the order in which they said so, and what of it breaks a promise.
///
/// It takes nothing from the broker: that an end is on the disk is concluded from what could not have happened otherwise. A
/// child has begun, the next attempt has, the run is complete, the only worker of a stage has taken the next message, a
/// policy was told that its commit is made. From then on the same work must never be done again; before that, only where its
/// process was killed.
struct TortureHistory {
  private(set) var problems: [String] = []
  var runs: [Int: TortureRun] = [:]
  /// Whose work has which idempotency key.
  var keys: [String: (number: Int, place: TorturePlace)] = [:]
  var process = TortureProcess(number: 0)

  /// Activations that failed for good.
  var failures: Int { runs.values.reduce(0) { $0 + ($1.end.map { $0.failures.count + $0.absorbed.count } ?? 0) } }

  /// Calls of handlers.
  var executions = 0
  /// Those that had been made before, of the same attempt.
  var repeats = 0
  /// Those that may have to be made again, for they were under way, or not known to be recorded, at a kill.
  var cut = 0
  /// Lines that a kill cut short.
  private(set) var tornLines = 0

  var submitted: [Int] { runs.keys.sorted() }
  /// With those of which nothing is known: they may be in the file, though their process was killed before it said so.
  var unfinished: [Int] { (0..<(runs.keys.max() ?? 0)).map { $0 + 1 }.filter { runs[$0]?.end == nil } }
  var complete: [Int] { runs.filter { $0.value.end != nil }.keys.sorted() }
  /// What processes died over three times.
  var crashed: Int { runs.values.reduce(0) { $0 + ($1.end?.crashed.count ?? 0) } }
  var isBroken: Bool { !problems.isEmpty }

  /// A process begins.
  mutating func begin(_ number: Int) { process = TortureProcess(number: number) }

  /// And has ended; what it had begun and is not known to be recorded may be done again.
  mutating func end() { cut += process.open.count }

  mutating func read(_ line: Substring) {
    switch TortureLine(line) {
    case .begin(let execution, let key, let source): begin(execution, key, source)
    case .end(let execution, let key, let result): end(execution, key, result)
    case .committed(let execution): record(execution.number, execution.place, attempt: execution.attempt)
    case .complete(let end): complete(end)
    case nil: tornLines += 1
    }
  }

  /// A submission was acknowledged.
  mutating func submit(_ number: Int, _ run: String) {
    if let known = runs[number, default: TortureRun()].id, known != run {
      report("run \(number) was lost: it was acknowledged as \(known), and then made anew as \(run)")
    }
    runs[number, default: TortureRun()].id = run
  }

  mutating func report(_ problem: String) {
    if problems.count < 20 { problems.append("process \(process.number): \(problem)") }
  }

  /// That the work has come so far, in this attempt, is on the disk: it must not begin again.
  mutating func record(_ number: Int, _ place: TorturePlace, attempt: Int) {
    let known = runs[number]?.work[place]?.recorded ?? 0
    if attempt > known { runs[number]?.work[place]?.recorded = attempt }
    process.open.remove(TorturePiece(number: number, place: place))
  }
}

/// A run as far as is known.
struct TortureRun {
  /// The broker's name for it.
  var id: String?
  var work: [TorturePlace: TortureWork] = [:]
  var end: TortureEnd?
}

/// What is known of one activation.
struct TortureWork {
  let key: String
  var calls: [Call] = []
  /// The last attempt of which it is certain that its end is on the disk.
  var recorded = 0

  struct Call {
    let process: Int
    let attempt: Int
    var result: String?
  }

  /// How many processes died over it, at least, before this one.
  func deaths(before process: Int, attempt: Int) -> Int {
    let before = calls.filter { $0.process < process }
    return (1...attempt).reduce(0) { deaths, earlier in
      let count = before.count { $0.attempt == earlier }
      // An earlier attempt came to its end in one of them.
      return deaths + (earlier < attempt ? max(0, count - 1) : count)
    }
  }
}

/// An activation of any run.
struct TorturePiece: Hashable {
  let number: Int
  let place: TorturePlace
}

/// The process that runs, as its log shows it.
struct TortureProcess {
  let number: Int
  /// What has begun and is not known to be recorded.
  var open: Set<TorturePiece> = []
  /// What has begun and has not ended.
  var running: Set<TorturePiece> = []
  /// What runs with nothing beside it, because two processes died over it.
  var alone: TorturePiece?
  /// What the only worker of a stage took last.
  var last: [TortureStage: (piece: TorturePiece, attempt: Int)] = [:]
}
