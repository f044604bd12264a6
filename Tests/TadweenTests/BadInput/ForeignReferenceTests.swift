import Tadween
import Testing

/// A reference of another workflow is refused wherever one can be given, though this workflow has a stage of that name:
/// its types may be others.
@Suite(.timeLimit(.minutes(1))) struct ForeignReferenceTests {
  typealias Number = StageReference<Int, Int>

  struct Stages: Sendable {
    let stranger: Number
    let a: Number
    let b: Number
  }

  /// A way to use a stranger; a stage of the workflow itself is its right twin.
  struct Use: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let apply: @Sendable (Workflow, Stages) throws -> Void

    init(_ name: String, _ apply: @escaping @Sendable (Workflow, Stages) throws -> Void) {
      (testDescription, self.apply) = (name, apply)
    }
  }

  static let uses = [
    Use("a link's source") { try $0.link($1.stranger, to: $1.a) },
    Use("a link's target") { try $0.link($1.a, to: $1.stranger) },
    Use("a link with a transform") { try $0.link($1.stranger, to: $1.a, transform: { $0 }) },
    Use("a link with both") { try $0.link($1.stranger, to: $1.a, transform: { input, _ in input }) },
    Use("a failure link") { workflow, stages in
      try workflow.link(failureOf: stages.stranger, to: try workflow.addStage("rescue") { (_: Failure) in 0 })
    },
    Use("a choice's source") { try $0.choose(from: $1.stranger, .when({ $0 > 0 }, $1.a), .otherwise($1.b)) },
    Use("a choice's arm") { try $0.choose(from: $1.a, .when({ $0 > 0 }, $1.stranger), .otherwise($1.b)) },
    Use("a choice's otherwise") { try $0.choose(from: $1.a, .when({ $0 > 0 }, $1.b), .otherwise($1.stranger)) },
    Use("a join's parent") { try $0.join($1.stranger, $1.a.ifTaken, into: $1.b) { $0 + ($1 ?? 0) } },
    Use("a join's parent, if taken") { try $0.join($1.stranger.ifTaken, $1.a, into: $1.b) { ($0 ?? 0) + $1 } },
    Use("a join's parent, in any case") { try $0.join($1.stranger.outcome, $1.a, into: $1.b) { $1 } },
    Use("a join's target") { try $0.join($1.a, $1.b, into: $1.stranger, .anySucceeded) { $0 } },
    Use("an eager join's parent") { try $0.join($1.stranger, $1.a, into: $1.b, .anySucceeded) { $0 } },
    Use("a quorum's parent") { try $0.join($1.stranger, $1.a, into: $1.b, .quorum(1)) { $0[0] } },
    Use("a map's source") { try $0.link($1.stranger, toEach: $1.a, of: \.digits) },
    Use("a map's target") { try $0.link($1.a, toEach: $1.stranger, $1.b, of: \.digits) },
    Use("a gather's source") { workflow, stages in
      try workflow.link(stages.a, toEach: stages.b, of: \.digits)
      try workflow.link("b", to: "stage")
      try workflow.gather(stages.stranger, into: try workflow.addStage("sum") { (_: [Int]) in 0 })
    },
    Use("a gathered parent of a join") { workflow, stages in
      try workflow.link(stages.a, toEach: stages.b, of: \.digits)
      try workflow.link("b", to: "stage")
      let sum = try workflow.pass("sum", Int.self)
      try workflow.join(stages.a, stages.stranger.gathered, into: sum) { $0 + $1.count }
    },
    Use("a gather's target") { workflow, stages in
      try workflow.link(stages.a, toEach: stages.b, of: \.digits)
      try workflow.gather(stages.b, into: stages.stranger, .outcome) { $0.count }
    },
    Use("the entry point") { try $0.setEntryPoint($1.stranger) },
  ]

  @Test(arguments: uses) func isRefusedByBuild(_ use: Use) async throws {
    let stranger = try Workflow(name: "elsewhere").pass("stage", Int.self)
    let (issues, text) = try await mistakes { workflow in
      try workflow.pass("stage", Int.self)
      let (a, b) = (try workflow.pass("a", Int.self), try workflow.pass("b", Int.self))
      try use.apply(workflow, Stages(stranger: stranger, a: a, b: b))
    }
    #expect(issues == [.foreignStage("stage", of: "elsewhere")])
    #expect(text.contains("\"stage\"") && text.contains("\"elsewhere\"") && text.contains("addStage"))
  }

  @Test(arguments: uses) func itsTwinOfThisWorkflowIsRight(_ use: Use) async throws {
    let workflow = Workflow(name: "here")
    let own = try workflow.pass("stage", Int.self)
    let (a, b) = (try workflow.pass("a", Int.self), try workflow.pass("b", Int.self))
    try use.apply(workflow, Stages(stranger: own, a: a, b: b))
    try await workflow.build()
    try await workflow.close()
  }

  @Test func isSaidOnceAndWithEverythingElse() async throws {
    let elsewhere = Workflow(name: "here")
    let (stranger, other) = (try elsewhere.pass("stranger", Int.self), try elsewhere.pass("a", Int.self))
    let (issues, _) = try await mistakes { workflow in
      let a = try workflow.pass("a", Int.self)
      try workflow.link(a, to: a)
      try workflow.link(a, to: stranger)
      try workflow.setEntryPoint(stranger)
      try workflow.link(other, to: try workflow.pass("b", Int.self))
    }
    #expect(
      issues == [.selfLink("a"), .foreignStage("a", of: "here"), .foreignStage("stranger", of: "here")])
  }

  @Test func isRefusedBySubmissionsAndRuns() async throws {
    let stranger = try Workflow(name: "elsewhere").pass("stage", Int.self)
    try await withWorkflow { workflow in
      try workflow.pass("stage", Int.self)
    } use: { workflow, own in
      let run = try await workflow.submit(1, to: own)
      #expect(try await run.output(of: own) == 1)
      let uses: [@Sendable () async throws -> Void] = [
        { _ = try await workflow.submit(1, to: stranger) },
        { _ = try await workflow.submit(contentsOf: [1], to: stranger) },
        { _ = try await run.output(of: stranger) },
        { _ = try await run.outputs(of: stranger) },
      ]
      for use in uses {
        let error = try await tadweenError(use)
        #expect(error.code == .invalidArgument && error.stage == "stage" && error.message.contains("\"elsewhere\""))
      }
    }
  }
}

extension Int {
  fileprivate var digits: [Int] { String(self).compactMap(\.wholeNumberValue) }
}
