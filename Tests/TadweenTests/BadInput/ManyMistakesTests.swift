import Tadween
import Testing

/// One build says everything that is wrong.
@Suite(.timeLimit(.minutes(1))) struct ManyMistakesTests {
  @Test func severalMistakesAreAllListed() async throws {
    struct Opaque: Sendable {}
    let (issues, text) = try await mistakes { workflow in
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.pass("b", Int.self)
      let c = try workflow.pass("c", Int.self)
      _ = try workflow.pass("a", Int.self)
      _ = try workflow.pass("tight", Int.self, options: .init(queueBound: 0))
      try workflow.addStage("opaque") { (_: Int) in Opaque() }
      try workflow.link(a, to: a)
      try workflow.link(a, to: b)
      try workflow.link(a, to: b)
      try workflow.link(c, to: b)
      try workflow.link("b", to: "nowhere")
      try workflow.link("opaque", to: "c")
      try workflow.setEntryPoint("b")
    }
    let expected: [GraphIssue] = [
      .duplicateStage("a"), .invalidBound("tight", bound: 0), .selfLink("a"), .duplicateLink(from: "a", to: "b"),
      .unknownStage("nowhere", linkedWith: "b"), .parentsWithoutJoin("b", parents: ["a", "c"]),
      .entryPointHasParents("b", parents: ["a", "c"]),
    ]
    for issue in expected {
      #expect(issues.contains(issue), "\(issue)")
      #expect(text.contains(issue.description))
    }
    #expect(issues.contains { if case .notConvertible("opaque", "c", _) = $0 { true } else { false } })
    #expect(issues.count == expected.count + 1, "\(issues)")
    // One line each, after the line that names the workflow.
    #expect(text.split(separator: "\n").count == issues.count + 1)
    #expect(text.contains("Workflow \"wrong\" cannot be built"))
  }

  @Test func aJoinThatCanNeverFireIsListedBesideAnInvalidBound() async throws {
    let (issues, _) = try await mistakes { workflow in
      let root = try workflow.pass("root", Int.self, options: .init(queueBound: 0))
      let x = try workflow.pass("x", Int.self)
      let y = try workflow.pass("y", Int.self)
      try workflow.choose(from: root, .when({ $0 > 0 }, x), .otherwise(y))
      try workflow.join(x, y, into: try workflow.pass("end", Int.self)) { $0 + $1 }
    }
    #expect(issues.contains(.invalidBound("root", bound: 0)))
    #expect(issues.contains { if case .exclusiveParents("end", _, _, _) = $0 { true } else { false } })
  }

  @Test func aWorkflowWithMistakesCanBeMendedAndBuilt() async throws {
    let workflow = Workflow(name: "mended")
    let a = try workflow.pass("a", Int.self)
    try workflow.link("a", to: "b")
    let error = try await tadweenError { try await workflow.build() }
    #expect(error.code == .invalidGraph)
    _ = a
    let b = try workflow.pass("b", Int.self)
    try await workflow.build()
    #expect(try await workflow.submit(3).output(of: b) == 3)
    try await workflow.close()
  }
}
