import Tadween
import Testing

/// Rule R2, where an output takes some of its links and leaves the others out.
@Suite(.timeLimit(.minutes(1))) struct ChoiceTests {
  /// Which of three stages ran for a number.
  private func taken(
    _ kind: BrokerKind, _ number: Int,
    draw: (Workflow, StageReference<Int, Int>, [StageReference<Int, String>]) throws -> Void
  ) async throws -> [String] {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let source = try workflow.pass("source", Int.self)
      let arms = try ["x", "y", "z"].map { name in
        try workflow.addStage(name) { (_: Int) in
          journal.write(name)
          return name
        }
      }
      try draw(workflow, source, arms)
    } use: { workflow, _ in
      let run = try await workflow.submit(number)
      try await run.completion()
    }
    return journal.lines.sorted()
  }

  @Test(
    "R2: a choice takes the first arm whose test holds, and no other", arguments: BrokerKind.allCases,
    [(1, ["z"]), (5, ["y"]), (15, ["x"])] as [(Int, [String])])
  func firstArm(_ kind: BrokerKind, _ expected: (number: Int, arms: [String])) async throws {
    let arms = try await taken(kind, expected.number) { workflow, source, arms in
      try workflow.choose(
        from: source, .when({ $0 > 9 }, arms[0]), .when({ $0 > 3 }, arms[1]), .otherwise(arms[2]))
    }
    #expect(arms == expected.arms)
  }

  @Test("R2: a choice of which no arm holds takes none, and the run is complete", arguments: BrokerKind.allCases)
  func noArm(_ kind: BrokerKind) async throws {
    let arms = try await taken(kind, 1) { workflow, source, arms in
      try workflow.choose(from: source, .when({ $0 > 9 }, arms[0]), .when({ $0 > 3 }, arms[1]))
      // What has no entry would be one itself.
      try workflow.link(source, to: arms[2], when: { $0 > 9 })
    }
    #expect(arms.isEmpty)
  }

  @Test(
    "R2: conditions are independent of each other", arguments: BrokerKind.allCases,
    [(1, ["z"]), (5, ["y", "z"]), (15, ["x", "y", "z"])] as [(Int, [String])])
  func conditions(_ kind: BrokerKind, _ expected: (number: Int, arms: [String])) async throws {
    let arms = try await taken(kind, expected.number) { workflow, source, arms in
      for (arm, least) in zip(arms, [9, 3, 0]) { try workflow.link(source, to: arm, when: { $0 > least }) }
    }
    #expect(arms == expected.arms)
  }

  @Test(
    "R4: the arms of a choice meet again in a join of whichever was taken", arguments: BrokerKind.allCases,
    [(1, "z"), (5, "y"), (15, "x")] as [(Int, String)])
  func meetAgain(_ kind: BrokerKind, _ expected: (number: Int, arm: String)) async throws {
    let journal = Journal()
    _ = try await taken(kind, expected.number) { workflow, source, arms in
      try workflow.choose(
        from: source, .when({ $0 > 9 }, arms[0]), .when({ $0 > 3 }, arms[1]), .otherwise(arms[2]))
      let first = try workflow.addStage("first") { (arm: String) in journal.write("any: \(arm)") }
      try workflow.join(arms[0], arms[1], arms[2], into: first, .anySucceeded) { $0 }
      let each = try workflow.addStage("each") { (all: String) in journal.write("if taken: \(all)") }
      try workflow.join(arms[0].ifTaken, arms[1].ifTaken, arms[2].ifTaken, into: each) {
        [$0, $1, $2].compactMap { $0 }.joined(separator: " ")
      }
    }
    #expect(journal.lines.sorted() == ["any: \(expected.arm)", "if taken: \(expected.arm)"])
  }

  @Test("R2: what lies behind an arm not taken is not taken either, however far", arguments: BrokerKind.allCases)
  func deadPath(_ kind: BrokerKind) async throws {
    let journal = Journal()
    _ = try await taken(kind, 1) { workflow, source, arms in
      try workflow.choose(from: source, .when({ $0 > 9 }, arms[0]), .otherwise(arms[1]))
      let far = try workflow.addStage("far") { (arm: String) in "far \(arm)" }
      let end = try workflow.addStage("end") { (text: String) in journal.write(text) }
      try workflow.link(source, to: arms[2])
      try workflow.link(arms[0], to: far)
      try workflow.join(far.outcome, arms[2], into: end) { "\($0.word) \($1)" }
    }
    #expect(journal.lines == ["- z"])
  }
}
