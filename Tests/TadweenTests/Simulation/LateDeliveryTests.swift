import Tadween
import TadweenTesting
import Testing

/// Deliveries that come late or twice, while a handler has overrun its deadline (rules R6, R13).
@Suite struct LateDeliveryTests {
  /// Found by the random graphs: what came late took the place of the attempt that waited for the handler's return.
  @Test func whatIsStaleTakesNoPlaceFromTheNextAttempt() async throws {
    var faults = Simulation.Faults([.deliveryDoubled: 0.5, .handlerStuck: 0.4, .handlerDelayed: 0.3])
    faults.longestStuck = .seconds(60)
    try await Simulation.check(seeds: 0..<200, faults: faults) { world in
      let workflow = Workflow(name: "late", broker: world.broker(handsOver: false), logger: .silent)
      let options = StageOptions(
        taskQueue: .concurrent(3), retry: .fixed(.seconds(1), maxAttempts: 50), timeout: .seconds(5))
      let work = try workflow.addStage("work", options: options) { (number: Int) in number + 1 }
      try await workflow.build()
      for (number, run) in try await workflow.submit(contentsOf: 0..<5, to: work).enumerated() {
        guard try await run.output(of: work) == number + 1 else { throw Trouble("a wrong output") }
      }
      try await workflow.close(timeout: .seconds(600))
    }
  }

  /// A delivery that came twice is taken up once.
  @Test func whatIsDeliveredTwiceUnderOneNumberRunsOnce() async throws {
    try await Simulation.check(seeds: 0..<50, faults: .init([.deliveryDoubled: 1])) { world in
      let journal = Journal()
      let workflow = Workflow(name: "twice", broker: world.broker(handsOver: true))
      let first = try workflow.addStage("first", options: .init(taskQueue: .concurrent(2))) { (number: Int) in
        journal.write("first \(number)")
        await Task.yield()
        return number
      }
      let second = try workflow.addStage("second") { (number: Int) in journal.write("second \(number)") }
      try workflow.link(first, to: second)
      try await workflow.build()
      for run in try await workflow.submit(contentsOf: 0..<4, to: first) { try await run.completion() }
      try await workflow.close()
      guard Set(journal.lines).count == 8, journal.lines.count == 8 else { throw Trouble("\(journal.lines)") }
    }
  }
}
