import TadweenTesting
import Testing

@testable import Tadween

/// Progress as text: what two snapshots make, and what is written to a terminal.
@Suite(.timeLimit(.minutes(1))) struct ProgressTests {
  private static func snapshot(at time: Duration, done: Int, failed: Int = 0, items: Int = 0) -> WorkflowSnapshot {
    WorkflowSnapshot(
      workflow: "audio", time: time,
      stages: [
        .init(name: "download", waiting: 0, running: 0, workers: 4, received: 16, succeeded: 16),
        .init(
          name: "transcribe", waiting: 5, delayed: failed, running: 2, workers: 2, received: 16,
          succeeded: done - failed, failed: failed),
        .init(name: "chunk", isMapped: true, running: 1, received: items + 1, succeeded: items),
      ],
      unfinishedRuns: 16 - done, completedRuns: done, failedRuns: failed)
  }

  @Test func aStageIsALineWithCountsRateAndEstimate() {
    let lines = ProgressText(total: 16).lines(
      from: Self.snapshot(at: .seconds(10), done: 1),
      to: Self.snapshot(at: .seconds(20), done: 9, failed: 1, items: 1230),
      width: 80)
    #expect(
      lines == [
        "download    16/16  0 running, 0 waiting",
        "transcribe   9/16  2 running, 5 waiting, 1 delayed, 1 failed  48.0/min  9 s left",
        "chunk        1230  1 running, 0 waiting                          123/s",
        "runs         9/16  7 under way, 1 failed                      48.0/min  9 s left",
      ])
  }

  @Test func withoutATotalOrATimeThereIsNoEstimate() {
    let now = Self.snapshot(at: .seconds(20), done: 9)
    #expect(
      ProgressText().lines(from: nil, to: now, width: 80) == [
        "download    16  0 running, 0 waiting",
        "transcribe   9  2 running, 5 waiting",
        "chunk        0  1 running, 0 waiting",
        "runs         9  7 under way",
      ])
    #expect(ProgressText(total: 16).lines(from: now, to: now, width: 80).allSatisfy { !$0.contains("left") })
  }

  @Test(arguments: [1, 12, 40]) func noLineIsWiderThanTheTerminal(_ width: Int) {
    let lines = ProgressText(total: 16).lines(from: nil, to: Self.snapshot(at: .seconds(1), done: 9), width: width)
    #expect(lines.count == 4)
    #expect(lines.map(\.count).max() == min(width, 39))
  }

  @Test func ratesAndRestsAreShort() {
    #expect(
      [0, 0.25, 2.34, 99.94, 1234.5].map(ProgressText.text(rate:)) == ["", "15.0/min", "2.3/s", "99.9/s", "1235/s"])
    #expect(
      [0.1, 89, 100, 6_000, 36_000, 1e9].map(ProgressText.text(left:)) == [
        "1 s left", "89 s left", "2 min left", "2 h left", "10 h left", "long",
      ])
  }

  @Test func linesAreReplacedWhereTheyStand() {
    var live = LiveLines()
    #expect(live.erasing == "")
    #expect(live.replace(with: ["a", "b"]) == "a\r\nb")
    #expect(live.replace(with: ["a", "b"]) == "")
    #expect(live.replace(with: ["c"]) == "\r\u{1B}[1A\u{1B}[Jc")
    #expect(live.erasing == "\r\u{1B}[J")
    #expect(live.redraw == "c")
    #expect(live.replace(with: []) == "\r\u{1B}[J")
    #expect(live.erasing == "")
  }

  private func output(_ journal: Journal, width: Int?) -> ProgressOutput {
    ProgressOutput(width: { width }, draw: { journal.write("draw \($0)") }, print: { journal.write("print \($0)") })
  }

  @Test func theDisplayDrawsWithItsClockMakesRoomForLinesAndCleansUp() async throws {
    let clock = TestClock()
    let journal = Journal()
    let gate = Gate()
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (n: Int) in
        try await gate.pass()
        return n
      }
    } use: { workflow, a in
      let display = ProgressDisplay(of: workflow, total: 1, clock: clock, output: output(journal, width: 80))
      try await display.show {
        try await journal.wait(forLines: 1)
        let run = try await workflow.submit(1, to: a)
        await gate.arrivals(1)
        try await clock.waitForSleepers(1)
        clock.advance(by: .milliseconds(200))
        try await journal.wait(forLines: 2)
        display.print("hello")
        gate.open()
        try await run.completion()
      }
      display.print("bye")
    }
    let up = "\r\u{1B}[1A\u{1B}[J"
    let busy = "a     0/1  1 running, 0 waiting\r\nruns  0/1  1 under way"
    #expect(
      journal.lines == [
        "draw a     0/1  0 running, 0 waiting\r\nruns  0/1  0 under way", "draw \(up)\(busy)", "draw \(up)",
        "print hello",
        "draw \(busy)", "draw \(up)", "print bye",
      ])
  }

  @Test func whereThereIsNoTerminalOnlyLinesArePrinted() async throws {
    let journal = Journal()
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self)
    } use: { workflow, a in
      let display = ProgressDisplay(of: workflow, clock: TestClock(), output: output(journal, width: nil))
      try await display.show {
        try await workflow.submit(1, to: a).completion()
        display.print("done")
      }
    }
    #expect(journal.lines == ["print done"])
  }
}
