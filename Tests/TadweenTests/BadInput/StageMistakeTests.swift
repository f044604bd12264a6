import Tadween
import Testing

/// Mistakes in stages, each named by `build()` with its remedy.
@Suite(.timeLimit(.minutes(1))) struct StageMistakeTests {
  @Test func aWorkflowWithoutStagesIsRefused() async throws {
    let (issues, text) = try await mistakes { _ in }
    #expect(issues == [.emptyWorkflow])
    #expect(text.contains("no stage") && text.contains("addStage"))
  }

  @Test func twoStagesOfOneNameAreRefusedOnce() async throws {
    let (issues, text) = try await mistakes { workflow in
      for _ in 0..<3 { _ = try workflow.pass("asr", Int.self) }
    }
    #expect(issues == [.duplicateStage("asr")])
    #expect(text.contains("\"asr\"") && text.contains("rename"))
  }

  @Test func aStageWithoutANameIsRefused() async throws {
    let (issues, text) = try await mistakes { workflow in _ = try workflow.pass("", Int.self) }
    #expect(issues == [.emptyStageName])
    #expect(text.contains("empty name"))
  }

  @Test(arguments: [0, -1]) func aQueueBoundBelowOneIsRefused(_ bound: Int) async throws {
    let (issues, text) = try await mistakes { workflow in
      _ = try workflow.pass("asr", Int.self, options: .init(queueBound: bound))
    }
    #expect(issues == [.invalidBound("asr", bound: bound)])
    #expect(text.contains("\"asr\"") && text.contains("\(bound)") && text.contains("at least 1"))
  }

  @Test func namesWithQuotesNewlinesAndEmojiAreAllRight() async throws {
    let names = ["\"quoted\"", "two\nlines", "[brackets]", "🎧", String(repeating: "n", count: 200), " "]
    try await withWorkflow { workflow in
      let stages = try names.map { try workflow.pass($0, Int.self) }
      for (source, target) in zip(stages, stages.dropFirst()) { try workflow.link(source, to: target) }
      return stages
    } use: { workflow, stages in
      let output = try await workflow.submit(7).output(of: stages[5])
      #expect(output == 7)
    }
  }
}
