import TadweenTesting
import Testing

@testable import Tadween

/// Handlers that take several inputs at once: to everything else, each input is by itself.
@Suite("batches", .timeLimit(.minutes(1))) struct BatchTests {
  @Test(
    "a batch begins when there are enough, or when the first has waited long enough", arguments: BrokerKind.allCases)
  func window(_ kind: BrokerKind) async throws {
    let (clock, journal) = (TestClock(), Journal())
    try await withWorkflow(kind, clock: clock) { workflow in
      let window = BatchWindow(upTo: 3, within: .seconds(5))
      return try workflow.addStage("a", batch: Doubling(journal), window)
    } use: { workflow, a in
      let stage = try workflow.engine.stages[0]
      let full = try await workflow.submit(contentsOf: 0..<3)
      for (n, run) in full.enumerated() { #expect(try await run.output(of: a) == 2 * n) }
      let few = try await workflow.submit(contentsOf: 3..<5)
      await eventually { stage.load == (2, 0) }
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(4))
      for _ in 0..<20 { await Task.yield() }
      #expect(stage.load == (2, 0))
      clock.advance(by: .seconds(1))
      for run in few { try await run.completion() }
    }
    #expect(journal.lines == ["[0, 1, 2]", "[3, 4]"])
  }

  @Test("each input succeeds or fails by itself, and is retried by itself", arguments: BrokerKind.allCases)
  func each(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let policy = StagePolicyBuilder<Int, Int>()
        .onSuccess { n, _, context in journal.write("success \(n) \(context.attempt)") }
        .onError { error, _, context in journal.write("error \(error.isFinal) \(context.attempt)") }
      return try workflow.addStage(
        "a", batch: Doubling(journal) { n, attempt in n == 1 || (n == 2 && attempt == 1) },
        BatchWindow(upTo: 4, within: .zero), policy: policy,
        options: .init(queueBound: nil, retry: .fixed(.zero, maxAttempts: 2)))
    } use: { workflow, a in
      try workflow.pause("a")
      let runs = try await workflow.submit(contentsOf: 0..<4)
      let stage = try workflow.engine.stages[0]
      await eventually { stage.load == (4, 0) }
      try workflow.resume("a")
      for n in [0, 2, 3] { #expect(try await runs[n].output(of: a) == 2 * n) }
      let error = try await tadweenError { try await runs[1].completion() }
      #expect(error.failures.map(\.attempt) == [2] && error.description.contains("no 1"))
    }
    #expect(journal.lines.filter { $0.hasPrefix("success") }.sorted() == ["success 0 1", "success 4 2", "success 6 1"])
    #expect(
      journal.lines.filter { $0.hasPrefix("error") }.sorted() == ["error false 1", "error false 1", "error true 2"])
  }

  @Test(
    "what the handler throws fails all, and so does any other number of results than of inputs",
    arguments: [true, false])
  func wrong(throwing: Bool) async throws {
    try await withWorkflow { workflow in
      try workflow.addStage("a", batch: Wrong(throwing: throwing), BatchWindow(upTo: 3, within: .seconds(60)))
    } use: { workflow, _ in
      for run in try await workflow.submit(contentsOf: 0..<3) {
        let error = try await tadweenError { try await run.completion() }
        #expect(error.failures.map(\.kind) == [.handler] && error.description.contains("\"a\""))
        #expect(error.description.contains(throwing ? "out of memory" : "2 results for 3 inputs"))
      }
    }
  }

  @Test("units, the deadline and the slot are the batch's; a late result is dropped")
  func deadline() async throws {
    let (wall, clock) = (Wall(), TestClock())
    let workflow = Workflow(name: "test", resources: ["cuda": 1], clock: clock)
    let options = StageOptions(demands: ["cuda": 1], timeout: .seconds(1))
    try workflow.addStage("a", batch: Standing(wall), BatchWindow(upTo: 2, within: .zero), options: options)
    try await workflow.build()
    try workflow.pause("a")
    let runs = try await workflow.submit(contentsOf: 0..<2)
    try workflow.resume("a")
    await wall.arrivals(1)
    #expect(workflow.resources.first?.holders.map(\.units) == [1])
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(1))
    for run in runs {
      let error = try await tadweenError { try await run.completion() }
      #expect(error.failures.map(\.kind) == [.timeout])
    }
    #expect(workflow.resources.first?.free == 0)
    wall.tearDown()
    await eventually { workflow.resources.first?.free == 1 }
    try await workflow.close()
  }

  @Test(
    "a member whose run is cancelled is dropped; the task is cancelled when all are", arguments: BrokerKind.allCases)
  func cancelled(_ kind: BrokerKind) async throws {
    let gate = Gate()
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("a", batch: Passing(gate), BatchWindow(upTo: 3, within: .seconds(60)))
    } use: { workflow, a in
      let runs = try await workflow.submit(contentsOf: 0..<3)
      await gate.arrivals(1)
      try await runs[1].cancel()
      #expect(!gate.isCancelled)
      gate.open()
      #expect(try await runs[0].output(of: a) == 0)
      #expect(try await runs[1].end().outcome == .cancelled)
      #expect(try await runs[2].output(of: a) == 2)
    }
    let second = Gate()
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("a", batch: Passing(second), BatchWindow(upTo: 2, within: .seconds(60)))
    } use: { workflow, _ in
      let runs = try await workflow.submit(contentsOf: 0..<2)
      await second.arrivals(1)
      for run in runs { try await run.cancel() }
      for run in runs { #expect(try await run.end().outcome == .cancelled) }
    }
    #expect(second.isCancelled)
  }

  @Test("the items of a map are batched, gathered and joined as single ones are", arguments: BrokerKind.allCases)
  func map(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let double = try workflow.addStage("double", batch: Doubling(journal), BatchWindow(upTo: 8, within: .zero))
      let sum = try workflow.addStage("sum") { (all: [Int]) in all }
      try workflow.link(split, toEach: double)
      try workflow.gather(double, into: sum)
      return sum
    } use: { workflow, sum in
      let run = try await workflow.submit(50)
      #expect(try await run.output(of: sum) == (0..<50).map { $0 * 2 })
    }
    #expect(journal.lines.count < 50)
  }

  @Test("wrong windows, and units for the run, are refused by the build") func mistakes() async throws {
    let (issues, text) = try await TadweenTests.mistakes { workflow in
      try workflow.addStage("a", batch: Doubling(Journal()), BatchWindow(upTo: 0, within: .zero))
      try workflow.addStage(
        "b", batch: Doubling(Journal()), BatchWindow(upTo: 1, within: .seconds(-1)),
        options: .init(demands: ["cuda": .run(1)]))
    }
    #expect(issues.count == 4)
    for part in ["\"a\"", "\"b\"", "at least 1", "-1.0 seconds", "a batch is of several runs", "no resources"] {
      #expect(text.contains(part), "\(part)")
    }
  }
}

private struct Doubling: BatchHandler {
  let journal: Journal
  let fails: @Sendable (Int, Int) -> Bool

  init(_ journal: Journal, fails: @escaping @Sendable (Int, Int) -> Bool = { _, _ in false }) {
    (self.journal, self.fails) = (journal, fails)
  }

  func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
    journal.write("\(inputs)")
    return zip(inputs, context.items).map { n, item in
      fails(n, item.attempt) ? .failure(Trouble("no \(n)")) : .success(2 * n)
    }
  }
}

private struct Wrong: BatchHandler {
  let throwing: Bool

  func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
    if throwing { throw Trouble("out of memory") }
    return inputs.dropLast().map { .success($0) }
  }
}

private struct Standing: BatchHandler {
  let wall: Wall
  init(_ wall: Wall) { self.wall = wall }

  func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
    await wall.stand()
    return inputs.map { .success($0) }
  }
}

private struct Passing: BatchHandler {
  let gate: Gate
  init(_ gate: Gate) { self.gate = gate }

  func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
    try await gate.pass()
    return inputs.map { .success($0) }
  }
}
