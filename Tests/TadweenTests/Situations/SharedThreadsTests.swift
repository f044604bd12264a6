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
}
