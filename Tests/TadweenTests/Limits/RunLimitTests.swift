import Testing

@testable import Tadween

/// Rule R17: no more runs are unfinished than may be.
@Suite("R17: runs in flight", .timeLimit(.minutes(1))) struct RunLimitTests {
  private func workflow(_ limit: Int, _ broker: BrokerKind, queueBound: Int? = nil, gate: Gate) throws -> Workflow {
    let workflow = Workflow(name: "test", broker: broker.make(), maxRunsInFlight: limit)
    let options = StageOptions(taskQueue: .concurrent(8), queueBound: queueBound)
    try workflow.addStage("a", options: options) { (_: Int) in try await gate.pass() }
    return workflow
  }

  @Test("what is submitted beyond waits, and goes on as runs complete", arguments: BrokerKind.allCases, [nil, 1])
  func waits(_ kind: BrokerKind, queueBound: Int?) async throws {
    let gate = Gate()
    let workflow = try workflow(3, kind, queueBound: queueBound, gate: gate)
    try await workflow.build()
    let submitting = Task { try await workflow.submit(contentsOf: 0..<50) }
    await gate.arrivals(3)
    for _ in 0..<50 { await Task.yield() }
    #expect(gate.arrived == 3)
    #expect(try workflow.engine.intake.count == 3)
    gate.open()
    for run in try await submitting.value { try await run.completion() }
    try await workflow.close()
  }

  @Test("one who waits can be cancelled, and takes no place from the next", arguments: BrokerKind.allCases)
  func cancelled(_ kind: BrokerKind) async throws {
    let gate = Gate()
    let workflow = try workflow(1, kind, gate: gate)
    try await workflow.build()
    let first = try await workflow.submit(0)
    let second = Task { try await workflow.submit(1) }
    let admission = try #require(try workflow.engine.admission)
    await eventually { admission.waiting == 1 }
    let third = Task { try await workflow.submit(2) }
    await eventually { admission.waiting == 2 }
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    gate.open()
    try await first.completion()
    try await third.value.completion()
    try await workflow.close()
  }

  @Test("one who waits is told when the workflow is closed")
  func closed() async throws {
    let gate = Gate()
    let workflow = try workflow(1, .inMemory, gate: gate)
    try await workflow.build()
    _ = try await workflow.submit(0)
    let second = Task { try await workflow.submit(1) }
    let admission = try #require(try workflow.engine.admission)
    await eventually { admission.waiting == 1 }
    try? await workflow.close(timeout: .zero)
    let error = try await tadweenError { _ = try await second.value }
    #expect(error.code == .brokerClosed)
  }

  @Test("an id that is known, and one that conflicts, take no place", arguments: BrokerKind.allCases)
  func ids(_ kind: BrokerKind) async throws {
    let gate = Gate()
    let workflow = try workflow(2, kind, gate: gate)
    try await workflow.build()
    let first = try await workflow.submit(0, id: "a")
    for _ in 0..<5 {
      _ = try await workflow.submit(0, id: "a")
      _ = try await tadweenError { _ = try await workflow.submit(1, id: "a") }
    }
    let second = try await workflow.submit(0)
    gate.open()
    try await first.completion()
    try await second.completion()
    try await workflow.close()
  }

  @Test("a limit below one is refused", arguments: [0, -1]) func wrong(_ limit: Int) async throws {
    let workflow = try workflow(limit, .inMemory, gate: Gate())
    let error = try await tadweenError { try await workflow.build() }
    #expect(
      error.code == .invalidGraph && error.message.contains("maxRunsInFlight") && error.message.contains("\(limit)"))
  }
}
