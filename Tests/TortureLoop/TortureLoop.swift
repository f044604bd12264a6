import DurabilityTesting
import Foundation
import Tadween

/// Submits runs to a durable workflow, and has them performed, until it is killed.
///
///     TortureLoop DATABASE LOG PROCESS START POISONED UNFINISHED COMPLETE FIRST LAST DEATH…
///
/// - PROCESS: which one it is, from 1; START: when it was asked for, in microseconds since 1970
/// - POISONED, UNFINISHED, COMPLETE: numbers of runs, with commas between them: whose handler kills the process; which were
///   begun by processes before this one; and which are complete, and are to say so once more
/// - FIRST, LAST: what is to be submitted; it ends when all that is complete
/// - DEATH: see ``Death``
///
/// Prints a line for each submission that was acknowledged, with the run's id; one for the microseconds from START until it
/// was built and a handler was called; and at the end how many dead letters there are, and "finished", or what was wrong.
@main struct TortureLoop {
  /// How many runs are under way at once.
  private static let load = 10

  static func main() async {
    let words = CommandLine.arguments
    guard words.count > 10, let process = Int(words[3]), let start = Double(words[4]), let first = Int(words[8]),
      let last = Int(words[9]), let death = Death(Array(words[10...]))
    else { return print("not understood: \(words)") }
    death.prepare()
    let log = EffectLog(path: words[2], process: process, start: Date(timeIntervalSince1970: start / 1_000_000))
    let (poisoned, unfinished, complete) = (numbers(words[5]), numbers(words[6]), numbers(words[7]))
    do {
      let torture = try TortureWorkflow(path: words[1], log, failpoint: death.failpoint)
      try await torture.workflow.build()
      log.reach(.built)
      let rest = Locked((unfinished + (first <= last ? Array(first...last) : []))[...])
      try await withThrowingTaskGroup { group in
        for _ in 0..<Self.load {
          group.addTask {
            while let number = rest.withLock({ $0.popFirst() }) {
              try await torture.perform(number, isPoisoned: poisoned.contains(number))
            }
          }
        }
        group.addTask { try await torture.askAgain(for: complete, poisoned: Set(poisoned)) }
        try await group.waitForAll()
      }
      log.say("letters \(try await torture.workflow.deadLetters.count())")
      try await torture.workflow.close()
      log.say("finished")
    } catch { log.say("failed: \(error)") }
  }

  private static func numbers(_ list: String) -> [Int] { list.split(separator: ",").compactMap { Int($0) } }
}
