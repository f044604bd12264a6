import Testing

@testable import Tadween

/// Messages that a worker takes together, as those who listen hear of them.
@Suite(.timeLimit(.minutes(1))) struct BatchEventTests {
  @Test(arguments: BrokerKind.allCases) func everyStartIsToldOnceBeforeItsEndAndEveryCompletionAfter(
    _ kind: BrokerKind
  ) async throws {
    try await withWorkflow(kind) { workflow in
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.pass("b", Int.self)
      try workflow.link(a, to: b)
      return a
    } use: { workflow, a in
      let listener = try workflow.engine.listen(limit: 1_000_000)
      let runs = try await workflow.submit(contentsOf: 0..<2_000, to: a)
      var stories: [RunID: [String]] = [:]
      var completed = 0
      while completed < runs.count {
        for event in await listener.next().joined() {
          if let run = event.run { stories[run, default: []].append(EventTests.word(event)) }
          if case .completed = event { completed += 1 }
        }
      }
      #expect(stories.count == runs.count)
      for (_, story) in stories {
        // Where the broker hands over; another may deliver before it has answered.
        if kind == .inMemory { #expect(story.first == "submitted") }
        #expect(story.last == "completed")
        #expect(
          story.sorted() == ["completed", "started a", "started b", "submitted", "succeeded a", "succeeded b"])
        for stage in ["a", "b"] {
          let (start, end) = (story.firstIndex(of: "started \(stage)"), story.firstIndex(of: "succeeded \(stage)"))
          #expect(try #require(start) < #require(end))
        }
      }
    }
  }

  /// A message that takes long is told to have begun while it runs, though its worker took it with others.
  @Test func aSlowMessageAmongQuickOnesIsToldOfWhileItRuns() async throws {
    let wall = Wall()
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (n: Int) in
        if n == 1_500 { await wall.stand() }
        return n
      }
    } use: { workflow, a in
      let listener = try workflow.engine.listen(limit: 1_000_000)
      let runs = try await workflow.submit(contentsOf: 0..<2_000, to: a)
      let slow = runs[1_500].id
      var isTold = false
      while !isTold {
        for event in await listener.next().joined() {
          if case .started(let place) = event, place.run == slow { isTold = true }
        }
      }
      await wall.arrivals(1)
      #expect(runs[1_500].outcome == nil)
      wall.tearDown()
      for run in runs { try await run.completion() }
    }
  }
}
