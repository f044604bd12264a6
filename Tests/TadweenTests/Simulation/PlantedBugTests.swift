import Tadween
import TadweenTesting
import Testing

/// A simulation is worth what it finds: mistakes that most schedules do not show are found, and their seeds replay them.
@Suite struct PlantedBugTests {
  /// Reads, waits, and writes what it read: two at once lose one of both.
  @Test func aRaceInAHandlerIsFound() async throws {
    try await expectFound { world in
      let total = Locked(0)
      let workflow = Workflow(name: "race", broker: .inMemory)
      let add = try workflow.addStage("add", options: .init(taskQueue: .concurrent(2))) { (number: Int) in
        let before = total.withLock { $0 }
        await Task.yield()
        total.withLock { $0 = before + number }
      }
      try await workflow.build()
      _ = try await workflow.submit(contentsOf: 1...2, to: add)
      try await workflow.waitUntilIdle()
      try await workflow.close()
      guard total.withLock({ $0 }) == 3 else { throw Trouble("the total is \(total.withLock { $0 })") }
    }
  }

  /// A handler that is not idempotent, under a broker that delivers at least once.
  @Test func anEffectThatIsNotIdempotentIsFound() async throws {
    // Presumed lost, and delivered anew while the handler still works.
    var faults = Simulation.Faults([.handlerDelayed: 0.5, .deliveryDoubled: 0.2])
    faults.redelivery = .seconds(2)
    try await expectFound(faults) { world in
      let sent = Journal()
      let workflow = Workflow(name: "mail", broker: world.broker(handsOver: false))
      let send = try workflow.addStage("send") { (number: Int) in sent.write("\(number)") }
      try await workflow.build()
      _ = try await workflow.submit(contentsOf: 1...10, to: send)
      try await workflow.waitUntilIdle()
      try await workflow.close()
      guard sent.lines.count == 10 else { throw Trouble("\(sent.lines.count) mails were sent") }
    }
  }

  /// A broker that drops one message in a hundred for good.
  @Test func aBrokerThatDropsAMessageIsFound() async throws {
    try await expectFound { world in
      let workflow = Workflow(name: "dropped", broker: DroppingBroker(world))
      let first = try workflow.pass("first", Int.self)
      let second = try workflow.pass("second", Int.self)
      try workflow.link(first, to: second)
      try await workflow.build()
      _ = try await workflow.submit(contentsOf: 1...10, to: first)
      try await workflow.waitUntilIdle(timeout: .seconds(3_600))
      try await workflow.close()
    }
  }

  /// Checks seeds until one fails; the same seed fails again in the same way, and not all do.
  private func expectFound(
    _ faults: Simulation.Faults = .harmless, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (SimulatedWorld) async throws -> Void
  ) async throws {
    let found = await #expect(throws: Simulation.Failure.self, sourceLocation: sourceLocation) {
      try await Simulation.check(seeds: 0..<200, faults: faults, body)
    }
    let failure = try #require(found, sourceLocation: sourceLocation)
    print("simulation: \(failure.seed) seeds passed, then: \(failure.reason)")
    #expect(failure.description.contains("Simulation(seed: \(failure.seed)"), sourceLocation: sourceLocation)
    for _ in 0..<3 {
      var replayed: (any Error)?
      do { try await Simulation(seed: failure.seed, faults: faults).run(body) } catch { replayed = error }
      #expect("\(try #require(replayed))" == failure.reason, sourceLocation: sourceLocation)
    }
  }
}

/// Loses a message now and then, and never delivers it again.
private final class DroppingBroker: Broker {
  private let base = InMemoryBroker.inMemory
  private let world: SimulatedWorld

  init(_ world: SimulatedWorld) { self.world = world }

  var handsOver: Bool { true }
  var payloadEncoding: PayloadEncoding? { nil }
  func open(_ graph: WorkflowGraph, observer: any RunObserver) throws -> Recovery {
    try base.open(graph, observer: observer)
  }
  func submit(_ runs: [NewRun]) throws -> SubmitResult { try base.submit(runs) }
  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] { [] }
  func control(_ command: RunCommand) throws -> CommitResult { try base.control(command) }
  func close(timeout: Duration?) { base.close(timeout: timeout) }

  func commit(_ transitions: [Transition]) throws -> CommitResult {
    var result = try base.commit(transitions)
    result.deliveries.removeAll { _ in world.random(in: 1...100) == 1 }
    return result
  }
}
