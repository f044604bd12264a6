import Testing

@testable import Tadween

/// Stages that share the threads of one queue, in one workflow or in several.
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

  @Test func aWorkflowThatClosesLeavesTheOthersTheirThreads() async throws {
    let threads = ThreadTaskQueue(workers: 1)
    func open(_ name: String) async throws -> (Workflow, StageReference<Int, String>) {
      let workflow = Workflow(name: name)
      let stage = try workflow.addStage("where", options: .init(taskQueue: threads)) { (_: Int) in currentThread() }
      try await workflow.build()
      return (workflow, stage)
    }
    let ((first, here), (second, there)) = (try await open("first"), try await open("second"))
    let thread = try await first.submit(1).output(of: here)
    #expect(try await second.submit(1).output(of: there) == thread)
    try await first.close()
    #expect(try await second.submit(2).output(of: there) == thread)
    try await second.close()
    // All have gone; whoever comes now starts it again.
    let (third, again) = try await open("third")
    _ = try await third.submit(3).output(of: again)
    try await third.close()
  }
}
