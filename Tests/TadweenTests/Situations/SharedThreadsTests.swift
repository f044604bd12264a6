import Testing

@testable import Tadween

/// Stages that share the threads of one queue.
@Suite(.timeLimit(.minutes(1))) struct SharedThreadsTests {
  /// The only thread must not wait for room that nobody but itself can make (rule R17).
  @Test(arguments: [1, 2]) func boundedStagesOnOneThreadNeverWaitForThemselves(_ workers: Int) async throws {
    let threads = ThreadTaskQueue(workers: workers)
    let options = StageOptions(taskQueue: threads, queueBound: 1)
    try await withWorkflow { workflow in
      let a = try workflow.pass("a", Int.self, options: options)
      let b = try workflow.pass("b", Int.self, options: options)
      let c = try workflow.pass("c", Int.self, options: options)
      try workflow.link(a, to: b)
      try workflow.link(b, to: c)
    } use: { workflow, _ in
      let runs = try await workflow.submit(contentsOf: 0..<200)
      for run in runs { try await run.completion() }
    }
  }

  /// A worker that waits for room keeps its place, and gives its instance back to its thread.
  @Test func anInstanceStaysWithItsThreadThoughTheNextStageIsFull() async throws {
    final class Homebody: Handler {
      private var home = ""
      func warmUp() async throws { home = currentThread() }
      func run(_ input: Int, context: HandlerContext) async throws -> Bool { currentThread() == home }
    }
    let away = Locked(0)
    try await withWorkflow { workflow in
      let a = try workflow.addStage(
        "a", instances: .perWorker { Homebody() }, options: .init(taskQueue: .threads(3)))
      let b = try workflow.addStage("b", options: .init(queueBound: 1)) { (isHome: Bool) in
        await Task.yield()
        if !isHome { away.withLock { $0 += 1 } }
      }
      try workflow.link(a, to: b)
    } use: { workflow, _ in
      for run in try await workflow.submit(contentsOf: 0..<500) { try await run.completion() }
    }
    #expect(away.withLock { $0 } == 0)
  }
}
