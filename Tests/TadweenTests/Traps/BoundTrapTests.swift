import Tadween
import Testing

/// Trap 15: what a bound bounds. It holds its direct publishers back, and nobody else: they hold theirs back only where
/// their own queues are bounded, too. What a broker has announced and nobody has received yet counts.
@Suite(.timeLimit(.minutes(1))) struct BoundTrapTests {
  /// How many messages are between the first stage's handler and the last one's end.
  private final class Between: Sendable {
    private let state = Locked((now: 0, peak: 0))
    var peak: Int { state.withLock { $0.peak } }
    func enter() {
      state.withLock {
        $0.now += 1
        $0.peak = max($0.peak, $0.now)
      }
    }
    func leave() { state.withLock { $0.now -= 1 } }
  }

  /// Three stages in a row, each with its bound; the last one stands at a gate.
  private func row(
    _ kind: BrokerKind, bounds: [Int?], _ between: Between = Between(),
    use: (Workflow, Gate, Journal) async throws -> Void
  ) async throws {
    let gate = Gate()
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let first = try workflow.addStage("first", options: .init(queueBound: bounds[0])) { (n: Int) in
        between.enter()
        journal.write("first")
        return n
      }
      let second = try workflow.addStage("second", options: .init(queueBound: bounds[1])) { (n: Int) in
        journal.write("second")
        return n
      }
      let third = try workflow.addStage("third", options: .init(queueBound: bounds[2])) { (_: Int) in
        try await gate.pass()
        between.leave()
      }
      try workflow.link(first, to: second)
      try workflow.link(second, to: third)
    } use: { workflow, _ in
      try await use(workflow, gate, journal)
    }
  }

  @Test("trap 15: a bound deep in the graph holds back its direct publisher alone", arguments: BrokerKind.allCases)
  func deep(_ kind: BrokerKind) async throws {
    try await row(kind, bounds: [nil, nil, 1]) { workflow, gate, journal in
      let runs = try await workflow.submit(contentsOf: 0..<100)
      await gate.arrivals(1)
      // The first stage is not held back by what lies behind an unbounded queue.
      try await journal.wait(for: "first", times: 100)
      // Of the third one's messages one runs, one waits, and the second stage holds the next.
      try await journal.wait(for: "second", times: 3)
      #expect(journal.count(of: "second") == 3)
      gate.open()
      for run in runs { try await run.completion() }
      #expect(journal.count(of: "second") == 100)
    }
  }

  @Test("trap 15: a bound in front of an unbounded queue bounds nothing behind it", arguments: BrokerKind.allCases)
  func inFront(_ kind: BrokerKind) async throws {
    try await row(kind, bounds: [1, nil, nil]) { workflow, gate, journal in
      // All are accepted, and pile up in front of the third stage.
      let runs = try await workflow.submit(contentsOf: 0..<100)
      try await journal.wait(for: "second", times: 100)
      #expect(runs.allSatisfy { $0.outcome == nil })
      gate.open()
      for run in runs { try await run.completion() }
    }
  }

  @Test("trap 15: where every queue is bounded, so is all that is under way", arguments: BrokerKind.allCases)
  func everyQueue(_ kind: BrokerKind) async throws {
    let between = Between()
    try await row(kind, bounds: [1, 1, 1], between) { workflow, gate, journal in
      async let runs = workflow.submit(contentsOf: 0..<100)
      // Two at the third stage, two at the second, one that the first holds.
      try await journal.wait(for: "first", times: 5)
      gate.open()
      for run in try await runs { try await run.completion() }
    }
    #expect(between.peak == 5)
  }
}
