import TadweenTesting
import Testing

@testable import Tadween

extension StateKey where Value == Bool {
  fileprivate static let held = StateKey("held", default: true)
}

/// What waits for ever can be asked why, closed over and cancelled.
@Suite(.timeLimit(.minutes(1))) struct EndlessWaitTests {
  @Test(
    arguments: [Duration.zero, .seconds(-5), .seconds(1), .seconds(Int64.max)], BrokerKind.allCases)
  func aSnoozeThatNeverEndsIsCancelled(_ time: Duration, _ kind: BrokerKind) async throws {
    let (clock, journal) = (TestClock(), Journal())
    try await withWorkflow(kind, clock: clock) { workflow in
      try workflow.addStage("asr", options: .init(retry: .custom { _ in .snooze(for: time) })) {
        (_: Int, context: HandlerContext) in
        journal.write("\(context.attempt) \(context.failures.count)")
        throw Trouble("not there yet")
      }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      // What never ends by itself is no attempt, however often it is made.
      let attempts = time == .seconds(Int64.max) ? 1 : 20
      for count in 1...attempts {
        try await journal.wait(forLines: count)
        guard time > .zero, count < attempts else { continue }
        try await clock.waitForSleepers(1)
        clock.advance(by: time)
      }
      #expect(run.outcome == nil)
      if time > .zero {
        await eventually { ((try? workflow.explain(run)) ?? []).map(\.reason) == [.retry(in: time)] }
        let error = try await tadweenError { try await workflow.waitUntilIdle(timeout: .zero) }
        #expect(error.code == .timedOut && error.message.contains("\"asr\" has 1 waiting and 0 running"), "\(error)")
      }
      try await run.cancel()
      #expect(try await run.end().outcome == .cancelled)
    }
    #expect(Set(journal.lines) == ["1 0"])
  }

  /// A predicate that throws keeps nobody waiting for its timeout.
  @Test func aPredicateThatThrowsFailsAtOnceAndSaysWhatIsNext() async throws {
    let clock = TestClock()
    try await withWorkflow(clock: clock) { workflow in
      let deferral = Deferral(
        while: { if $0[.held] { throw Trouble("no such flag") } else { false } }, timeout: .seconds(60))
      return try workflow.pass("asr", Int.self, options: .init(deferral: deferral))
    } use: { workflow, asr in
      let error = try await tadweenError { try await workflow.submit(1).completion() }
      #expect(error.failures.map(\.kind) == [.deferral] && error.stage == "asr")
      #expect(error.message.contains("\"asr\"") && error.message.contains("no such flag"))
      #expect(error.message.contains("asked again when the workflow's state is updated"), "\(error)")
      workflow.state.update { $0[.held] = false }
      #expect(try await workflow.submit(2).output(of: asr) == 2)
    }
  }

  @Test func aPredicateThatNeverClearsSaysHowLongAndWhatHelps() async throws {
    let clock = TestClock()
    try await withWorkflow(clock: clock) { workflow in
      let deferral = Deferral(while: { $0[.held] }, timeout: .seconds(60))
      try workflow.pass("asr", Int.self, options: .init(deferral: deferral))
      try workflow.pass("patient", Int.self, options: .init(deferral: Deferral(while: { $0[.held] })))
    } use: { workflow, _ in
      let patient = try await workflow.submit(1, to: "patient")
      let run = try await workflow.submit(1, to: "asr")
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(60))
      let error = try await tadweenError { try await run.completion() }
      #expect(error.failures.map(\.kind) == [.deferral] && error.stage == "asr")
      #expect(error.message.contains("60.0 seconds") && error.message.contains("longer timeout"), "\(error)")
      clock.advance(by: .seconds(1_000_000))
      #expect(try workflow.explain(patient).map(\.reason) == [.state(since: .seconds(1_000_060))])
      try await patient.cancel()
      #expect(try await patient.end().outcome == .cancelled)
    }
  }
}
