import Tadween
import Testing

/// What a run keeps for its caller.
@Suite(.timeLimit(.minutes(1))) struct OutputTests {
  @Test(arguments: BrokerKind.allCases) func sinksAndStagesThatSaySoKeepTheirOutput(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let a = try workflow.pass("a", Int.self, options: .init(keepsOutput: true))
      let b = try workflow.addStage("b") { (n: Int) in n * 2 }
      let c = try workflow.addStage("c") { (n: Int) in "\(n)" }
      try workflow.link(a, to: b)
      try workflow.link(b, to: c)
      return (a, b, c)
    } use: { workflow, stages in
      let run = try await workflow.submit(21)
      #expect(try await run.output(of: stages.2) == "42")
      #expect(try await run.output(of: stages.0) == 21)
      let error = try await tadweenError { _ = try await run.output(of: stages.1) }
      #expect(error.code == .noOutput && error.stage == "b" && error.message.contains("keepsOutput"))
    }
  }

  @Test(arguments: BrokerKind.allCases) func outputsInsideAMapAreInTheOrderOfTheItems(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      // The last items are done first.
      let item = try workflow.addStage("item", options: .init(taskQueue: .concurrent(4))) { (n: Int) in
        for _ in 0..<(20 - n) { await Task.yield() }
        if n == 3 { throw Trouble("three") }
        return n * 10
      }
      try workflow.link(split, toEach: item)
      return item
    } use: { workflow, item in
      let run = try await workflow.submit(20)
      let outputs = try await run.outputs(of: item)
      #expect(outputs.map(\.index) == (0..<20).filter { $0 != 3 })
      #expect(outputs.allSatisfy { $0.value == $0.index * 10 && $0.scope.indices == [$0.index] })
      let error = try await tadweenError { try await run.completion() }
      #expect(error.failures.map(\.scope.indices) == [[3]])
    }
  }

  @Test(arguments: BrokerKind.allCases) func outputsOfAnInnerMapSayWhichOuterItemTheyBelongTo(
    _ kind: BrokerKind
  ) async throws {
    try await withWorkflow(kind) { workflow in
      let outer = try workflow.addStage("outer") { (n: Int) in Array(0..<n) }
      let inner = try workflow.addStage("inner") { (n: Int) in Array(0..<n) }
      let item = try workflow.pass("item", Int.self)
      try workflow.link(outer, toEach: inner)
      try workflow.link(inner, toEach: item)
      return item
    } use: { workflow, item in
      let outputs = try await workflow.submit(4).outputs(of: item)
      #expect(outputs.map(\.scope.indices) == [[1, 0], [2, 0], [2, 1], [3, 0], [3, 1], [3, 2]])
      #expect(outputs.map(\.value) == outputs.map(\.index))
    }
  }

  /// The compiler cannot know that a stage lies inside a map; its first item is not what anybody asks for.
  @Test func theOneOutputOfAMappedStageIsRefusedAtOnce() async throws {
    let gate = Gate()
    try await withWorkflow { workflow in
      let split = try workflow.addStage("split") { (n: Int) in
        try await gate.pass()
        return Array(0..<n)
      }
      let item = try workflow.pass("item", Int.self)
      try workflow.link(split, toEach: item)
      return item
    } use: { workflow, item in
      let run = try await workflow.submit(3)
      let error = try await tadweenError { _ = try await run.output(of: item) }
      #expect(error.code == .invalidArgument && error.stage == "item" && error.run == run.id)
      #expect(error.message.contains("\"item\"") && error.message.contains("outputs(of:)"))
      gate.open()
      #expect(try await run.outputs(of: item).map(\.value) == [0, 1, 2])
    }
  }

  @Test func aStageThatWasLeftOutHasNoOutput() async throws {
    try await withWorkflow { workflow in
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.pass("b", Int.self)
      try workflow.link(a, to: b, when: { $0 > 0 })
      return b
    } use: { workflow, b in
      let run = try await workflow.submit(-1)
      let error = try await tadweenError { _ = try await run.output(of: b) }
      #expect(error.code == .noOutput && error.stage == "b")
      #expect(run.outcome == .succeeded)
    }
  }
}
