import TadweenTesting
import Testing

@testable import Tadween

/// One GPU and everybody wants it: who has it, to the instant, in virtual time (rules R13, R14, R15, R17).
@Suite("R15: a workflow around one GPU", .timeLimit(.minutes(2))) struct GPUWorkflowTests {
  /// How the handler that holds the unit comes to its end.
  enum Return: CaseIterable { case returns, `throws`, outlives, isCancelled, outlivesItsCancel }

  @Test(
    "the unit passes on at the instant at which the handler has returned: not before, and not with what comes after it",
    arguments: Return.allCases, [false, true])
  func passesOn(_ way: Return, isBatch: Bool) async throws {
    try await Simulation.check(seeds: 0..<40, faults: .none) { world in
      let (log, wall) = (UnitLog(world), Wall())
      let workflow = Workflow(name: "gpu", broker: world.broker(), resources: ["cuda": 1], logger: .silent)
      // What comes after the handler takes long.
      let policy = StagePolicyBuilder<Int, Int>()
        .onSuccess { _, _, _ in try await world.clock.sleep(for: .seconds(100)) }
        .onError { _, _, _ in try await world.clock.sleep(for: .seconds(100)) }
      let hold = { @Sendable (context: HandlerContext) in
        try await log.use(context, of: workflow) {
          switch way {
          case .returns: try await world.clock.sleep(for: .seconds(30))
          case .throws:
            try await world.clock.sleep(for: .seconds(30))
            throw Trouble("no")
          case .isCancelled: try await world.clock.sleep(for: .seconds(300))
          case .outlives, .outlivesItsCancel: await wall.stand()
          }
        }
      }
      let options = StageOptions(demands: ["cuda": 1], timeout: way == .outlives ? .seconds(10) : nil)
      if isBatch {
        let window = BatchWindow(upTo: 2, within: .seconds(3_600))
        try workflow.addStage("holder", batch: Holding(hold), window, policy: policy, options: options)
      } else {
        try workflow.addStage("holder", policy: policy, options: options) { (n: Int, context: HandlerContext) in
          try await hold(context)
          return n
        }
      }
      try workflow.addStage("next", options: .init(demands: ["cuda": 1])) { (_: Int, context: HandlerContext) in
        try await log.use(context, of: workflow) {}
      }
      try await workflow.build()
      let held = try await workflow.submit(contentsOf: isBatch ? 0..<2 : 0..<1, to: "holder")
      try await world.clock.sleep(for: .seconds(5))
      let next = try await workflow.submit(0, to: "next")
      switch way {
      case .returns, .throws: break
      case .outlives:
        for run in held { _ = try await run.end() }
        log.write("the run has ended")
      case .isCancelled, .outlivesItsCancel: for run in held { try await run.cancel() }
      }
      try await world.sleep(until: .seconds(30))
      wall.tearDown()
      try await next.completion()
      try await workflow.waitUntilIdle()

      let instant = way == .isCancelled ? 5 : 30
      var expected = ["0: holder has had it since 0", "\(instant): holder has returned"]
      if way == .outlives { expected.insert("10: the run has ended", at: 1) }
      expected += ["\(instant): next has had it since \(instant)", "\(instant): next has returned"]
      guard log.lines == expected else { throw Trouble("\(log.lines)") }
      guard workflow.resources[0].free == 1 else { throw Trouble("\(workflow.resources)") }
      try await workflow.close(timeout: .seconds(600))
    }
  }

  @Test("what a cache answers ends at once, at all three stages, while another holds the unit")
  func cached() async throws {
    try await Simulation.check(seeds: 0..<40, faults: .none) { world in
      let log = UnitLog(world)
      let workflow = Workflow(name: "gpu", broker: world.broker(), resources: ["cuda": 1], logger: .silent)
      let policy = StagePolicyBuilder<Int, Int>().intercept { message, _ in
        let n = try message.payload.converted(to: Int.self)
        return n < 0 ? .skip(with: n, reason: "in the cache") : .process
      }
      let stages = try ["cut", "transcribe", "align"].map { name in
        let options = StageOptions(taskQueue: .concurrent(2), queueBound: 1, demands: ["cuda": 1])
        return try workflow.addStage(name, policy: policy, options: options) { (n: Int, context: HandlerContext) in
          try await log.use(context, of: workflow) { try await world.clock.sleep(for: .seconds(30)) }
          return n
        }
      }
      for (stage, next) in zip(stages, stages.dropFirst()) { try workflow.link(stage, to: next) }
      try await workflow.build()
      let holder = try await workflow.submit(1)
      // While it is held at each stage in turn.
      for (index, stage) in stages.enumerated() {
        let instant = 30 * index + 10
        try await world.sleep(until: .seconds(instant))
        guard workflow.resources[0].holders.map(\.stage) == [stage.name] else { throw Trouble("\(log.lines)") }
        try await workflow.submit(-1).completion()
        log.write("answered")
        guard log.lines.last == "\(instant): answered" else { throw Trouble("\(log.lines)") }
      }
      try await holder.completion()
      try await workflow.close()
    }
  }

  @Test("a batch holds one unit for all its inputs, and one that leaves it takes none along")
  func batch() async throws {
    let report = try await Simulation.check(seeds: 0..<40, faults: .none) { world in
      let log = UnitLog(world)
      let workflow = Workflow(name: "gpu", broker: world.broker(), resources: ["cuda": 1], logger: .silent)
      let handler = Holding { context in
        try await log.use(context, of: workflow) { try await world.clock.sleep(for: .seconds(30)) }
      }
      let window = BatchWindow(upTo: 3, within: .seconds(3_600))
      try workflow.addStage(
        "embed", batch: handler, window, options: .init(taskQueue: .concurrent(2), demands: ["cuda": 1]))
      try await workflow.build()
      // Two batches: the second waits for the unit, and no input of it holds any.
      let runs = try await workflow.submit(contentsOf: 0..<6)
      try await world.clock.sleep(for: .seconds(10))
      guard workflow.resources[0].holders.map(\.units) == [1] else { throw Trouble("\(workflow.resources)") }
      // The first in the list of the batch, in whose name it holds the unit.
      try await runs.first { $0.id == workflow.resources[0].holders.first?.run }?.cancel()
      try await workflow.waitUntilIdle()
      let expected = [
        "0: embed has had it since 0", "30: embed has returned", "30: embed has had it since 30",
        "60: embed has returned",
      ]
      guard log.lines == expected else { throw Trouble("\(log.lines)") }
      guard runs.count(where: { $0.outcome == .cancelled }) == 1 else { throw Trouble("\(runs.map(\.outcome))") }
      try await workflow.close()
    }
    // Nobody looks every millisecond at what it does.
    #expect(report.steps < 40 * 1_000)
  }
}

extension GPUWorkflowTests {
  /// What becomes of a recording on its way.
  private enum Course: Int { case plain, cached, throwing, deaf, cancelled }

  @Test("all ends whatever the schedule, and at every moment those hold the unit whose handlers run")
  func noDeadlock() async throws {
    let faults = Simulation.Faults([
      .deliveryLost: 0.02, .deliveryDoubled: 0.02, .commitThrew: 0.02, .commitDoubled: 0.02,
    ])
    let report = try await Simulation.check(seeds: 0..<100, faults: faults) { world in
      let log = UnitLog(world)
      let workflow = try await Self.pipeline(in: world, log)
      async let watch: Void = log.compare(with: workflow)
      try await withThrowingTaskGroup { group in
        for number in 0..<15 {
          group.addTask { try await Self.transcribe(number, with: workflow, in: world) }
        }
        try await group.waitForAll()
      }
      try await workflow.waitUntilIdle(timeout: .seconds(3_600))
      // A run may have ended before its handler has returned.
      try await world.clock.sleep(for: .seconds(60))
      guard workflow.resources[0].free == 1, log.held.isEmpty else { throw Trouble("\(workflow.resources)") }
      guard log.discords.isEmpty else { throw Trouble("\(log.discords)") }
      try await workflow.close()
      await watch
    }
    // The GPU is what all of them wait for.
    #expect(report.time > .seconds(100 * 100))
  }

  /// Three stages and a batch stage that want the one unit, with room for one between them.
  private static func pipeline(in world: SimulatedWorld, _ log: UnitLog) async throws -> Workflow {
    let workflow = Workflow(name: "gpu", broker: world.broker(), resources: ["cuda": 1], logger: .silent)
    let policy = StagePolicyBuilder<Int, Int>()
      .intercept { message, _ in
        let number = try message.payload.converted(to: Int.self)
        return Course(rawValue: number % 5) == .cached ? .skip(with: number, reason: "in the cache") : .process
      }
      .onSuccess { _, _, _ in try await world.clock.sleep(for: .seconds(world.random(in: 0...3))) }
    let options = StageOptions(
      taskQueue: .concurrent(2), queueBound: 1, demands: ["cuda": 1], timeout: .seconds(20))
    let stages = try ["cut", "transcribe", "align"].map { name in
      try workflow.addStage(name, policy: policy, options: options) { (number: Int, context: HandlerContext) in
        try await log.use(context, of: workflow) {
          let isSpecial = name == "transcribe"
          switch Course(rawValue: number % 5) {
          case .throwing where isSpecial: throw Trouble("no words")
          case .deaf where isSpecial: await world.sleepDeaf(for: .seconds(40))
          default: try await world.clock.sleep(for: .seconds(world.random(in: 1...5)))
          }
        }
        return number
      }
    }
    let handler = Holding { context in
      try await log.use(context, of: workflow) {
        try await world.clock.sleep(for: .seconds(world.random(in: 1...5)))
      }
    }
    let window = BatchWindow(upTo: 3, within: .seconds(2))
    let embed = try workflow.addStage("embed", batch: handler, window, policy: policy, options: options)
    for (stage, next) in zip(stages, stages.dropFirst() + [embed]) { try workflow.link(stage, to: next) }
    try await workflow.build()
    return workflow
  }

  /// Submits a recording, and sees it end as its course says.
  private static func transcribe(_ number: Int, with workflow: Workflow, in world: SimulatedWorld) async throws {
    let run = try await workflow.submit(number)
    let course = Course(rawValue: number % 5)
    if course == .cancelled {
      try await world.clock.sleep(for: .seconds(world.random(in: 0...60)))
      try await run.cancel()
    }
    let end = try await run.end()
    let isExpected =
      switch (course, end.outcome) {
      case (.throwing, .failed(let failures)): failures.map(\.kind) == [.handler]
      case (.deaf, .failed(let failures)): failures.map(\.kind) == [.timeout]
      case (.plain, .succeeded), (.cached, .succeeded), (.cancelled, .succeeded), (.cancelled, .cancelled): true
      default: false
      }
    guard isExpected else { throw Trouble("\(number) ended as \(end.outcome)") }
  }
}

/// Takes several inputs, and does what it is told in the name of the first.
private struct Holding: BatchHandler {
  let body: @Sendable (HandlerContext) async throws -> Void
  init(_ body: @escaping @Sendable (HandlerContext) async throws -> Void) { self.body = body }

  func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
    try await body(context.items[0])
    return inputs.map { .success($0) }
  }
}

extension SimulatedWorld {
  fileprivate func sleep(until moment: Duration) async throws {
    try await clock.sleep(for: moment - clock.now.offset)
  }

  /// Sleeps, and hears nothing of a cancellation.
  fileprivate func sleepDeaf(for duration: Duration) async {
    // A task of its own, which is not cancelled with its caller.
    let sleep = Task(executorPreference: executor) { [clock] in try await clock.sleep(for: duration) }
    _ = await sleep.result
  }
}
