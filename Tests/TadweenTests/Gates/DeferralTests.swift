import TadweenTesting
import Testing

@testable import Tadween

extension StateKey where Value == Bool {
  fileprivate static let busy = StateKey("busy", default: false)
}

/// Rule R16: a stage waits for as long as a predicate over the workflow's shared state holds.
@Suite("R16: deferral", .timeLimit(.minutes(1))) struct DeferralTests {
  @Test("what waits goes on when the state changes, and keeps no worker meanwhile", arguments: BrokerKind.allCases)
  func clears(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      workflow.state.update { $0[.busy] = true }
      try workflow.addStage("a", options: .init(deferral: Deferral(while: { $0[.busy] }))) { (n: Int) in
        journal.write("\(n)")
      }
      try workflow.addStage("b") { (n: Int) in journal.write("b\(n)") }
    } use: { workflow, _ in
      let waiting = try await workflow.submit(contentsOf: 0..<3, to: "a")
      try await workflow.submit(0, to: "b").completion()
      let stage = try workflow.engine.stages[0]
      await eventually { stage.load == (3, 0) }
      #expect(journal.lines == ["b0"])
      workflow.state.update { $0[.busy] = false }
      for run in waiting { try await run.completion() }
      #expect(journal.lines == ["b0", "0", "1", "2"])
      workflow.state.update { $0[.busy] = true }
      let last = try await workflow.submit(9, to: "a")
      await eventually { stage.load == (1, 0) }
      workflow.state.update { $0[.busy] = false }
      try await last.completion()
    }
  }

  @Test("one that never clears fails what waits after its timeout; without one it waits until the run is cancelled")
  func timeout() async throws {
    let clock = TestClock()
    try await withWorkflow(clock: clock) { workflow in
      workflow.state.update { $0[.busy] = true }
      let patient = Deferral(while: { $0[.busy] })
      let impatient = Deferral(while: { $0[.busy] }, timeout: .seconds(60))
      try workflow.addStage("patient", options: .init(deferral: patient)) { (n: Int) in n }
      try workflow.addStage("impatient", options: .init(deferral: impatient)) { (n: Int) in n }
    } use: { workflow, _ in
      let waits = try await workflow.submit(1, to: "patient")
      let fails = try await workflow.submit(1, to: "impatient")
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(60))
      let error = try await tadweenError { try await fails.completion() }
      #expect(error.failures.map(\.kind) == [.deferral] && error.description.contains("60.0 seconds"))
      #expect(waits.outcome == nil)
      try await waits.cancel()
      #expect(try await waits.end().outcome == .cancelled)
    }
  }

  @Test("one that throws fails what waits, until the state changes")
  func throwing() async throws {
    try await withWorkflow { workflow in
      workflow.state.update { $0[.busy] = true }
      let deferral = Deferral(while: { if $0[.busy] { throw Trouble("no such flag") } else { false } })
      try workflow.addStage("a", options: .init(deferral: deferral)) { (n: Int) in n }
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(1).completion() }
      #expect(error.failures.map(\.kind) == [.deferral] && error.description.contains("no such flag"))
      #expect(error.description.contains("\"a\""))
      workflow.state.update { $0[.busy] = false }
      try await workflow.submit(1).completion()
    }
  }

  @Test("updates from many tasks are all there, and a late look undoes no later one")
  func updates() async throws {
    let count = StateKey("count", default: 0)
    try await withWorkflow { workflow in
      let deferral = Deferral(while: { $0[count] % 2 == 1 })
      try workflow.addStage("a", options: .init(taskQueue: .concurrent(4), deferral: deferral)) {
        (n: Int, context: HandlerContext) in
        context.state.update { $0[count] += 1 }
        context.state.update { $0[count] += 1 }
      }
    } use: { workflow, _ in
      for run in try await workflow.submit(contentsOf: 0..<500) { try await run.completion() }
      #expect(workflow.state[count] == 1_000)
    }
  }
}
