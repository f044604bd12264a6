import DurabilityTesting
import Foundation
import Subprocess
import Tadween
import TadweenSQLite
import Testing

@testable import TadweenTesting

/// A process is killed while it runs a durable workflow, and the next one goes on, again and again; the last one is left
/// alone. What the handlers did is in a log of their own, and every promise of the broker is measured by that.
@Suite(.serialized) struct BrokerKillTests {
  /// `TADWEEN_BROKER_KILLS` asks for more; see `Scripts/torture`.
  static let kills = amount("TADWEEN_BROKER_KILLS", otherwise: 10)

  @Test func nothingIsLostAndNothingThatIsRecordedIsDoneAgain() async throws {
    let program = try TortureLoopProgram()
    var random = SeededGenerator(seed: UInt64(amount("TADWEEN_SEED", otherwise: 1)), stream: 0)
    var deaths: [String] = []
    for kill in 1...Self.kills {
      let death = death(&random)
      deaths.append(death)
      let complete = program.history.complete
      let (lines, end) = try await program.run(
        upTo: (program.history.submitted.last ?? 0) + 1_000,
        complete: (0..<min(3, complete.count)).map { _ in complete.randomElement(using: &random) ?? 1 },
        death: death)
      if end != .signaled(SIGKILL) { Issue.record("kill \(kill), \(death): \(end), \(lines.suffix(3))") }
      if program.history.isBroken || end != .signaled(SIGKILL) {
        print(deaths.enumerated().map { "\($0 + 1): \($1)" }.suffix(20).joined(separator: "\n"))
        Issue.record("kill \(kill), \(death): \(program.history.problems.joined(separator: "\n"))")
        return
      }
    }
    try await finish(program)
    let history = program.history
    let recoveries = program.recoveries.sorted()
    print(
      "kills: broker: \(Self.kills), \(history.submitted.count) runs, \(history.executions) executions, "
        + "\(history.repeats) repeated of \(history.cut) that were cut, \(history.crashed) ended by three crashes, "
        + "recovered within \(milliseconds(recoveries[recoveries.count / 2])) at the median, "
        + "\(milliseconds(recoveries.last ?? .zero)) at worst"
    )
    #expect(history.repeats <= history.cut)
    // Most died among their work.
    #expect(history.submitted.count > Self.kills && history.executions > 10 * Self.kills)
    #expect(history.cut > Self.kills)
  }

  @Test func whatKillsItsProcessIsIsolatedAfterTwoAndFailsAfterThree() async throws {
    let program = try TortureLoopProgram(poisoned: [5])
    var deaths = 0
    while deaths < 10 {
      let (_, end) = try await program.run(upTo: 12, complete: [], death: "time 60000000")
      // Alive at the end; or killed by itself, because it got stuck.
      if end != .signaled(SIGSEGV) {
        #expect(end == .exited(0))
        break
      }
      deaths += 1
    }
    #expect(deaths == 3)
    #expect(program.history.problems.isEmpty)
    let end = try #require(program.history.runs[5]?.end)
    #expect(end.outcome == "failed" && end.failures == ["crashed@item#0"])
    for number in 1...12 where number != 5 { #expect(program.history.runs[number]?.end?.outcome == "succeeded") }
    let calls = program.history.runs[5]?.work[TorturePlace(.item, 0)]?.calls ?? []
    #expect(calls.map(\.process) == [1, 2, 3])
  }

  /// Undisturbed, what is unfinished is completed; and all runs say once more how they ended.
  private func finish(_ program: TortureLoopProgram) async throws {
    let complete = program.history.complete
    // A few more than are known: those that were under way at the last kill may be in the file.
    let (lines, end) = try await program.run(
      upTo: (program.history.submitted.last ?? 0) + 20, complete: complete, death: "time 120000000")
    #expect(end == .exited(0) && lines.last == "finished", "\(end), \(lines.suffix(3))")
    let unfinished = program.history.unfinished
    #expect(unfinished.isEmpty, "never complete: \(unfinished)")
    #expect(program.history.problems.isEmpty)
    // The file says the same.
    let stored = try program.stored()
    #expect(try await stored.runCount(.unfinished) == 0)
    #expect(try await stored.runCount(.all) == program.history.submitted.count)
    let failed = program.history.runs.values.count { $0.end?.outcome == "failed" }
    #expect(try await stored.runCount(RunQuery(states: [.failed])) == failed)
    #expect(program.letters == program.history.failures)
  }

  /// Early, while the process mends what the last one left; under full load; or at a step of the broker, at which everything
  /// else goes on for a moment.
  private func death(_ random: inout SeededGenerator) -> String {
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<2: return "time \(Int.random(in: 0..<60_000, using: &random))"
    case 2..<5: return "time \(Int.random(in: 40_000..<300_000, using: &random))"
    default:
      let points: [Failpoint] = [
        .submitted, .committed, .writeBegins, .writesRow, .writeEnds, .written, .recoveryBegins, .recoversRun,
        .recoveryEnds,
      ]
      let point = points.randomElement(using: &random) ?? .written
      let most =
        switch point {
        case .recoveryBegins, .recoveryEnds: 1
        case .recoversRun: 5
        case .writesRow: 300
        default: 60
        }
      let (count, delay) = (Int.random(in: 1...most, using: &random), Int.random(in: 0..<3_000, using: &random))
      return "point \(point.rawValue) \(count) \(delay) 300000"
    }
  }

  private func milliseconds(_ duration: Duration) -> String {
    "\((duration / .milliseconds(1)).formatted(.number.precision(.fractionLength(1)))) ms"
  }
}
