import Logging
import TadweenTesting
import Testing

@testable import Tadween

/// Events: they begin with a snapshot, drop the oldest with a count, and cost nothing while nobody listens.
@Suite(.timeLimit(.minutes(1))) struct EventTests {
  /// One word an event.
  static func word(_ event: WorkflowEvent) -> String {
    switch event {
    case .snapshot(let snapshot): "snapshot \(snapshot.unfinishedRuns)"
    case .submitted: "submitted"
    case .started(let place): "started \(place.stage)"
    case .progress(let place, let fraction): "progress \(place.stage) \(fraction)"
    case .intercepted(let place, let reason): "intercepted \(place.stage): \(reason)"
    case .notMemoised(let place, let miss): "notMemoised \(place.stage): \(miss)"
    case .succeeded(let place): "succeeded \(place.stage)"
    case .failed(let place, let failure): "failed \(place.stage) \(failure.kind)"
    case .parked(let place, let failure): "parked \(place.stage) \(failure.kind)"
    case .redriven(_, let again, let takenBack): "redriven \(again) \(takenBack)"
    case .retrying(let place, let failure, let delay): "retrying \(place.stage) \(failure?.kind.name ?? "-") \(delay)"
    case .overran(let place, let timeout): "overran \(place.stage) \(timeout)"
    case .returned(let place, let time): "returned \(place.stage) \(time)"
    case .interrupted(let place): "interrupted \(place.stage)"
    case .notTaken(let place): "notTaken \(place.stage)"
    case .cancelled(let place): "cancelled \(place.stage)"
    case .completed(_, .succeeded): "completed"
    case .completed(_, .failed): "completed failed"
    case .completed(_, .cancelled): "completed cancelled"
    case .dropped(let count): "dropped \(count)"
    }
  }

  @Test(arguments: BrokerKind.allCases) func aRunsEventsBeginWithASnapshotAndEndWithItsCompletion(
    _ kind: BrokerKind
  ) async throws {
    let gate = Gate()
    try await withWorkflow(kind) { workflow in
      let a = try workflow.addStage("a") { (n: Int) in
        try await gate.pass()
        return n
      }
      let b = try workflow.addStage("b") { (n: Int, context: HandlerContext) in
        context.report(progress: 0.5)
        return n
      }
      try workflow.link(a, to: b)
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      await gate.arrivals(1)
      let other = try await workflow.submit(2)
      var words: [String] = []
      for await event in run.events {
        words.append(Self.word(event))
        if words.count == 1 { gate.open() }
        #expect(event.run == nil || event.run == run.id)
      }
      #expect(words == ["snapshot 2", "succeeded a", "started b", "progress b 0.5", "succeeded b", "completed"])
      try await other.completion()
    }
  }

  /// Why a handler did not run is in the events, and in the log where that goes down to `debug`.
  @Test(arguments: [Logger.Level.debug, .info]) func theReasonOfAnInterceptionIsTold(_ level: Logger.Level) async throws
  {
    let log = Recorder.Log()
    var logger = Logger.recording(log)
    logger.logLevel = level
    let workflow = Workflow(name: "watched", logger: logger)
    let gate = Gate()
    let a = try workflow.addStage("a") { (n: Int) in
      try await gate.pass()
      return n
    }
    let skip = StagePolicyBuilder<Int, Int>().intercept { _, _ in .skip(with: 2, reason: "known already") }
    let cancel = StagePolicyBuilder<Int, Int>().intercept { _, _ in .cancel(reason: "nothing to do") }
    let b = try workflow.addStage("b", policy: skip) { (n: Int) in n }
    let c = try workflow.addStage("c", policy: cancel) { (n: Int) in n }
    try workflow.link(a, to: b)
    try workflow.link(b, to: c)
    try await workflow.build()
    let run = try await workflow.submit(1)
    var words: [String] = []
    for await event in run.events {
      words.append(Self.word(event))
      gate.open()
    }
    try await workflow.close()
    #expect(
      words.suffix(7) == [
        "started b", "intercepted b: known already", "succeeded b",
        "started c", "intercepted c: nothing to do", "notTaken c", "completed",
      ])
    let told = log.entries.filter { $0.metadata["tadween.reason"] != nil }
    #expect(told.map(\.metadata["tadween.stage"]) == (level == .debug ? ["b", "c"] : []))
    #expect(
      told.compactMap(\.metadata["tadween.reason"]) == (level == .debug ? ["known already", "nothing to do"] : []))
    #expect(told.allSatisfy { $0.level == .debug && $0.metadata["tadween.run"] == "\(run.id)" })
  }

  @Test func aCompleteRunsEventsAreASnapshotAndItsCompletion() async throws {
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self)
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      try await run.completion()
      // Its caller may hear of its end before it is counted.
      try await workflow.waitUntilIdle()
      var words: [String] = []
      for await event in run.events { words.append(Self.word(event)) }
      #expect(words == ["snapshot 0", "completed"])
    }
  }

  @Test func aWorkflowsEventsTellOfAllRunsAndEndWithItsClose() async throws {
    let workflow = Workflow(name: "watched")
    try workflow.addStage("a") { (n: Int) in if n < 0 { throw Trouble("below zero") } }
    try await workflow.build()
    let words = Journal()
    let watching = Task { for await event in workflow.events { words.write(Self.word(event)) } }
    try await words.wait(for: "snapshot 0")
    try await workflow.submit(1).completion()
    _ = try await tadweenError { try await workflow.submit(-1).completion() }
    try await workflow.close()
    await watching.value
    let lines = words.lines
    #expect(lines.first == "snapshot 0")
    for line in ["started a", "submitted"] { #expect(lines.count { $0 == line } == 2) }
    for line in ["succeeded a", "completed", "failed a handler", "completed failed"] {
      #expect(lines.count { $0 == line } == 1, "\(line)")
    }
  }

  @Test func anInterruptedHandlersEventIsCancelled() async throws {
    let gate = Gate()
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (_: Int) in try await gate.pass() }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      await gate.arrivals(1)
      var words: [String] = []
      for await event in run.events {
        words.append(Self.word(event))
        if words.count == 1 { try await run.cancel() }
      }
      #expect(words == ["snapshot 1", "interrupted a", "cancelled a", "completed cancelled"])
    }
  }

  @Test func aSlowListenerKeepsTheSnapshotAndTheNewestAndHearsHowManyWereDropped() async throws {
    let hub = EventHub()
    let snapshot = WorkflowSnapshot(workflow: "watched", unfinishedRuns: 7)
    let listener = hub.listen(limit: 3, run: nil) { .snapshot(snapshot) }
    let ids = (0..<10).map { RunID(high: 0, low: $0) }
    for id in ids { hub.emit { .submitted(id) } }
    hub.close()
    var events: [WorkflowEvent] = []
    while true {
      let pieces = await listener.next()
      if pieces.isEmpty { break }
      events += pieces.joined()
    }
    #expect(events.map(Self.word) == ["snapshot 7", "dropped 7"] + Array(repeating: "submitted", count: 3))
    #expect(events.compactMap(\.run) == Array(ids.suffix(3)))
  }

  @Test func nobodyListeningNoEventIsMade() async throws {
    let hub = EventHub()
    #expect(!hub.isObserved)
    hub.emit {
      Issue.record("an event was made for nobody")
      return .dropped(0)
    }
    let listener = hub.listen(limit: 3, run: nil) { .dropped(0) }
    #expect(hub.isObserved)
    listener.end()
    #expect(!hub.isObserved)
  }

  @Test func aListenerThatIsLetGoIsForgotten() async throws {
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self)
    } use: { workflow, _ in
      let hub = try workflow.engine.events
      do {
        var iterator = workflow.events.makeAsyncIterator()
        _ = await iterator.next()
        #expect(hub.isObserved)
      }
      #expect(!hub.isObserved)
      try await workflow.submit(1).completion()
    }
  }

  @Test func aListenerThatIsCancelledStops() async throws {
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self)
    } use: { workflow, _ in
      let hub = try workflow.engine.events
      let journal = Journal()
      let listening = Task { for await event in workflow.events { journal.write(Self.word(event)) } }
      try await journal.wait(forLines: 1)
      listening.cancel()
      await listening.value
      await eventually { !hub.isObserved }
    }
  }

  @Test func eventsOfAWorkflowThatIsNotBuiltAreNone() async throws {
    let workflow = Workflow(name: "draft")
    for await _ in workflow.events { Issue.record("an event of nothing") }
  }

  @Test func theFailureThatCancelsItsRunIsToldAsAFailure() async throws {
    let gate = Gate()
    try await withWorkflow(onFailure: .cancelRun) { workflow in
      try workflow.addStage("a") { (_: Int) in
        try await gate.pass()
        throw Trouble("no")
      }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      var words: [String] = []
      for await event in run.events {
        words.append(Self.word(event))
        gate.open()
      }
      #expect(words.suffix(2) == ["failed a handler", "completed failed"])
    }
  }

  /// A broker may announce a completion when it likes.
  @Test func aCompletionThatIsAnnouncedLateEndsTheEvents() async throws {
    let broker = LateBroker()
    let workflow = Workflow(name: "late", broker: broker)
    try workflow.pass("a", Int.self)
    try await workflow.build()
    let started = Latch<Void>()
    let listening = Task {
      var heard: [String] = []
      for await event in workflow.events {
        heard.append(Self.word(event))
        started.open(())
        if case .completed = event { break }
      }
      return heard
    }
    try await started.wait()
    let run = try await workflow.submit(1)
    await eventually { run.outcome != nil && (try? workflow.engine.stages[0].load.running) == 0 }
    broker.announce()
    #expect(await listening.value.suffix(2) == ["succeeded a", "completed"])
    try await workflow.close()
  }

  @Test(arguments: BrokerKind.allCases) func aRunIsCompleteAfterAllItsEnds(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.pass("item", Int.self, options: .init(taskQueue: .concurrent(4)))
      try workflow.link(split, toEach: item)
    } use: { workflow, _ in
      for _ in 0..<200 {
        let run = try await workflow.submit(10)
        var open: Set<WorkflowEvent.Place> = []
        for await event in run.events {
          switch event {
          case .started(let place): open.insert(place)
          case .succeeded(let place): open.remove(place)
          default: continue
          }
        }
        #expect(open.isEmpty)
      }
    }
  }
}
