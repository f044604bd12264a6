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

  /// A queue of a user's own, which says no more than it must. Its handlers are warmed up and run on its threads.
  @Test func handlersRunWhereAnyQueueSaysSo() async throws {
    struct Own: TaskQueue {
      let threads = ThreadTaskQueue(workers: 1)
      var workers: Int { 1 }
      func executor(ofWorker index: Int) -> (any TaskExecutor)? { threads.executor(ofWorker: index) }
      func start() throws { try threads.start() }
      func close() async { await threads.close() }
    }
    struct Bound: Handler {
      var home = ""
      mutating func warmUp() async { home = currentThread() }
      func run(_ seen: [String], context: HandlerContext) async -> [String] { seen + [home, currentThread()] }
    }
    let (queue, other) = (Own(), Own())
    try await withWorkflow { workflow in
      let stages = try [queue, queue, other].enumerated().map { index, queue in
        try workflow.addStage("\(index)", instances: .perWorker { Bound() }, options: .init(taskQueue: queue))
      }
      try workflow.link(stages[0], to: stages[1])
      try workflow.link(stages[1], to: stages[2])
      return stages[2]
    } use: { workflow, last in
      let seen = try await workflow.submit([String]()).output(of: last)
      #expect(seen.count == 6 && Set(seen[..<4]).count == 1 && Set(seen[4...]).count == 1 && seen[0] != seen[5])
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
