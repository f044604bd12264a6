import TadweenTesting
import Testing

@testable import Tadween

/// A batch whose deadline comes while some of its members are wanted no longer (rules R12, R13).
@Suite("batches: deadlines", .timeLimit(.minutes(1))) struct BatchDeadlineTests {
  /// Found by the random graphs: such a member was no part of what failed at the deadline, nor of what the handler brought
  /// after it, and its run never ended.
  @Test(
    "a member that was told to stop ends when its batch returns, though the deadline came before",
    arguments: BrokerKind.allCases)
  func toldToStop(_ kind: BrokerKind) async throws {
    let (wall, clock) = (Wall(), TestClock())
    let workflow = Workflow(name: "test", broker: kind.make(), clock: clock, logger: .silent)
    try workflow.addStage(
      "a", batch: StandingStill(wall: wall), BatchWindow(upTo: 2, within: .seconds(60)),
      options: .init(timeout: .seconds(1)))
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<2)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    try await runs[0].cancel()
    clock.advance(by: .seconds(1))
    let error = try await tadweenError { try await runs[1].completion() }
    #expect(error.failures.map(\.kind) == [.timeout])
    wall.tearDown()
    #expect(try await runs[0].end().outcome == .cancelled)
    try await workflow.close()
  }
}

private struct StandingStill: BatchHandler {
  let wall: Wall

  func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
    await wall.stand()
    return inputs.map { .success($0) }
  }
}
