import Tadween
import Testing

/// Handlers are warmed up before the first run and shut down after the last, once each, whatever goes wrong.
@Suite(.timeLimit(.minutes(1))) struct WarmUpTests {
  /// Writes down what is done to it.
  struct Witness: Handler, Sendable {
    let name: String
    let journal: Journal
    var fails = false
    var isWarm = false

    mutating func warmUp() async throws {
      journal.write("\(name) warms up")
      if fails { throw Trouble("no model at hand") }
      isWarm = true
    }
    func run(_ input: Int, context: HandlerContext) async throws -> Int {
      journal.write("\(name) runs\(isWarm ? "" : " cold")")
      return input
    }
    mutating func shutDown() async {
      journal.write("\(name) shuts down\(isWarm ? "" : " cold")")
      isWarm = false
    }
  }

  @Test func aSharedHandlerIsWarmedUpAndShutDownOnce() async throws {
    let journal = Journal()
    try await withWorkflow { workflow in
      try workflow.addStage("a", Witness(name: "a", journal: journal), options: .init(taskQueue: .concurrent(4)))
    } use: { workflow, stage in
      for n in 0..<3 {
        let output = try await workflow.submit(n).output(of: stage)
        #expect(output == n)
      }
    }
    #expect(journal.lines == ["a warms up", "a runs", "a runs", "a runs", "a shuts down"])
  }

  @Test func everyInstanceIsWarmedUpAndShutDownOnce() async throws {
    let journal = Journal()
    let made = Journal()
    try await withWorkflow { workflow in
      try workflow.addStage(
        "a",
        instances: .perWorker {
          made.write("made")
          return Witness(name: "\(made.lines.count)", journal: journal)
        }, options: .init(taskQueue: .concurrent(3)))
    } use: { workflow, stage in
      let output = try await workflow.submit(1).output(of: stage)
      #expect(output == 1)
    }
    #expect(made.lines.count == 3)
    for name in ["1", "2", "3"] {
      #expect(journal.count(of: "\(name) warms up") == 1)
      #expect(journal.count(of: "\(name) shuts down") == 1)
    }
  }

  @Test func aWarmUpThatThrowsKeepsTheWorkflowFromBeingBuilt() async throws {
    let journal = Journal()
    let workflow = Workflow(name: "cold")
    try workflow.addStage("good", Witness(name: "good", journal: journal))
    try workflow.addStage("bad", Witness(name: "bad", journal: journal, fails: true))
    try workflow.addStage("fine", Witness(name: "fine", journal: journal))
    let error = try await tadweenError { try await workflow.build() }
    #expect(error.code == .warmUpFailed && error.stage == "bad")
    #expect(error.message.contains("\"bad\"") && error.message.contains("no model at hand"))
    #expect(error.underlying is Trouble)
    // Whoever was warm is shut down, once; whoever was not is left alone.
    for name in ["good", "fine"] { #expect(journal.count(of: "\(name) shuts down") == 1) }
    #expect(!journal.lines.contains { $0.hasPrefix("bad shuts down") })
    try await workflow.close()
    #expect(journal.lines.filter { $0.hasSuffix("shuts down") }.count == 2)
  }

  @Test func instancesThatWereWarmAreShutDownWhenALaterOneFails() async throws {
    let journal = Journal()
    let made = Journal()
    let workflow = Workflow(name: "cold")
    try workflow.addStage(
      "a",
      instances: .perWorker {
        made.write("made")
        return Witness(name: "\(made.lines.count)", journal: journal, fails: made.lines.count == 3)
      }, options: .init(taskQueue: .concurrent(4)))
    let error = try await tadweenError { try await workflow.build() }
    #expect(error.code == .warmUpFailed)
    #expect(journal.lines.filter { $0.contains("shuts down") }.sorted() == ["1 shuts down", "2 shuts down"])
    try await workflow.close()
  }

  /// Writes down who starts and closes it.
  struct Register: TaskQueue {
    let journal: Journal
    var fails = false
    var workers: Int { 1 }

    func start() throws {
      if fails { throw Trouble("no threads left") }
      journal.write("start")
    }
    func close() async { journal.write("close") }
  }

  @Test func theTaskQueuesOfABuildThatFailsAreGivenUpWithIt() async throws {
    let (journal, unwilling) = (Journal(), Journal())
    let workflow = Workflow(name: "cold")
    try workflow.addStage(
      "a", Witness(name: "a", journal: Journal(), fails: true), options: .init(taskQueue: Register(journal: journal)))
    _ = try await tadweenError { try await workflow.build() }
    #expect(journal.lines == ["start", "close"])
    _ = try workflow.pass("b", Int.self, options: .init(taskQueue: Register(journal: unwilling, fails: true)))
    let error = try await tadweenError { try await workflow.build() }
    #expect(error.code == .cannotStart && error.stage == "b")
    #expect(journal.lines == ["start", "close", "start", "close"] && unwilling.lines.isEmpty)
    // What it has not started it does not close: others may be using it.
    try await workflow.close()
    #expect(journal.lines.count == 4 && unwilling.lines.isEmpty)
  }

  /// The close finds a build under way and leaves the rest to it.
  @Test func aBuildThatFailsAfterItsCloseGivesItsTaskQueuesUp() async throws {
    struct Slow: Handler, Sendable {
      let gate: Gate
      mutating func warmUp() async throws {
        try await gate.pass()
        throw Trouble("no model at hand")
      }
      func run(_ input: Int, context: HandlerContext) async throws -> Int { input }
    }
    let (gate, journal) = (Gate(), Journal())
    let workflow = Workflow(name: "cold")
    try workflow.addStage("a", Slow(gate: gate), options: .init(taskQueue: Register(journal: journal)))
    let building = Task { try await workflow.build() }
    await gate.arrivals(1)
    let closing = Task { try await workflow.close() }
    await eventually { workflow.isClosing }
    gate.open()
    try await closing.value
    let error = try await tadweenError { try await building.value }
    #expect(error.code == .warmUpFailed)
    #expect(journal.lines == ["start", "close"])
  }

  @Test func aHandlerThatCannotBeMadeIsSaidWithItsStage() async throws {
    let workflow = Workflow(name: "cold")
    try workflow.addStage(
      "asr", instances: Instances<Witness>.perWorker { throw Trouble("no such file") })
    let error = try await tadweenError { try await workflow.build() }
    #expect(error.code == .warmUpFailed && error.stage == "asr" && error.message.contains("no such file"))
    try await workflow.close()
  }

  @Test func aTaskQueueThatDoesNotStartIsSaidWithItsStage() async throws {
    let (unwilling, over) = (Register(journal: Journal(), fails: true), ThreadTaskQueue(workers: 1))
    over.abandon()
    for (queue, code) in [(unwilling, TadweenError.Code.cannotStart), (over, .queueClosed)] as [(any TaskQueue, _)] {
      let workflow = Workflow(name: "cold")
      var options = StageOptions()
      options.taskQueue = queue
      _ = try workflow.pass("asr", Int.self, options: options)
      let error = try await tadweenError { try await workflow.build() }
      #expect(error.code == code && error.stage == "asr" && error.message.contains("\"asr\""))
      try await workflow.close()
    }
  }

  @Test func handlersAreShutDownWhereTheBrokerDoesNotOpen() async throws {
    let broker = InMemoryBroker.inMemory
    let first = Workflow(name: "first", broker: broker)
    _ = try first.pass("a", Int.self)
    try await first.build()
    let journal = Journal()
    let second = Workflow(name: "second", broker: broker)
    try second.addStage("a", Witness(name: "a", journal: journal))
    let error = try await tadweenError { try await second.build() }
    #expect(error.code == .wrongPhase && error.message.contains("a broker of its own"))
    #expect(journal.lines == ["a warms up", "a shuts down"])
    try await second.close()
    try await first.close()
  }

  /// Neither where a handler cannot be warmed up, nor where the broker does not open.
  @Test(arguments: [true, false]) func nothingStaysOfAWorkflowWhoseBuildFailed(_ isCold: Bool) async throws {
    weak var queue: ThreadTaskQueue?
    let taken = InMemoryBroker.inMemory
    let owner = Workflow(name: "owner", broker: taken)
    _ = try owner.pass("a", Int.self)
    try await owner.build()
    try await {
      let threads = ThreadTaskQueue(workers: 2)
      queue = threads
      let workflow = Workflow(name: "cold", broker: isCold ? .inMemory : taken)
      try workflow.addStage(
        "a", Witness(name: "a", journal: Journal(), fails: isCold), options: .init(taskQueue: threads))
      let error = try await tadweenError { try await workflow.build() }
      #expect(error.code == (isCold ? .warmUpFailed : .wrongPhase))
    }()
    await eventually { queue == nil }
    try await owner.close()
  }

  @Test(arguments: [.concurrent(1), .threads(1)] as [any TaskQueue])
  func aWorkflowWhoseWarmUpFailedCanBeBuiltAgain(_ queue: any TaskQueue) async throws {
    var options = StageOptions()
    options.taskQueue = queue
    let journal = Journal()
    let workflow = Workflow(name: "again")
    let stage = try workflow.addStage(
      "a",
      instances: .perWorker {
        journal.write("made")
        return Witness(name: "a", journal: journal, fails: journal.count(of: "made") == 1)
      }, options: options)
    _ = try await tadweenError { try await workflow.build() }
    try await workflow.build()
    #expect(try await workflow.submit(5).output(of: stage) == 5)
    try await workflow.close()
    #expect(journal.lines == ["made", "a warms up", "made", "a warms up", "a runs", "a shuts down"])
  }

  /// A build belongs to all who wait for it.
  @Test func aCallerWhoIsCancelledTakesTheBuildFromNobodyElse() async throws {
    let (workflow, gate, journal) = try slowToWarmUp()
    let first = Task { try await workflow.build() }
    await gate.arrivals(1)
    let second = Task { try await workflow.build() }
    for _ in 0..<100 { await Task.yield() }
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    gate.open()
    try await second.value
    try await workflow.close()
    #expect(journal.lines == ["warm", "down"])
  }

  @Test func aBuildThatNobodyWaitsForIsCancelledAndCanBeginAnew() async throws {
    let (workflow, gate, journal) = try slowToWarmUp()
    let first = Task { try await workflow.build() }
    await gate.arrivals(1)
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    #expect(journal.lines.isEmpty)
    gate.open()
    try await workflow.build()
    try await workflow.close()
    #expect(journal.lines == ["warm", "down"])
  }

  private func slowToWarmUp() throws -> (Workflow, Gate, Journal) {
    struct Slow: Handler, Sendable {
      let gate: Gate
      let journal: Journal
      mutating func warmUp() async throws {
        try await gate.pass()
        journal.write("warm")
      }
      func run(_ input: Int, context: HandlerContext) async throws -> Int { input }
      mutating func shutDown() async { journal.write("down") }
    }
    let (gate, journal) = (Gate(), Journal())
    let workflow = Workflow(name: "slow")
    try workflow.addStage("a", Slow(gate: gate, journal: journal))
    return (workflow, gate, journal)
  }
}
