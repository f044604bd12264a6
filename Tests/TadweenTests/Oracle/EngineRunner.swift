import Logging
import TadweenCore
import Testing

@testable import Tadween

/// Runs a graph along a script on the real engine.
struct EngineRunner: GraphRunner {
  /// Stages with a policy take one message at a time and run every hook; those without take batches and hand on.
  var hasPolicies = true
  var roundTrip = false
  /// nil: one in memory.
  var makeBroker: (@Sendable () -> any Broker)?
  /// Looks at the run, and at the broker once it is closed.
  var look: @Sendable (Run, any Broker) async throws -> Void = { _, _ in }
  var workers = 1
  /// All stages on one thread of their own, instead of `workers` tasks each.
  var sharesOneThread = false
  /// How many further runs of the same graph and script are under way, to fill queues.
  var companions = 0
  /// Every first attempt fails, and is made again.
  var stumbles = false

  func run(_ draft: GraphDraft, _ script: Script) async throws -> RunReport {
    let log = VisitLog()
    let broker = makeBroker?() ?? InMemoryBroker(roundTrip: roundTrip)
    let workflow = Workflow(
      name: "oracle", broker: broker,
      onFailure: draft.cancelsRunOnFailure ? .cancelRun : .finishRun,
      // Thousands of runs fail here on purpose.
      logger: .silent)
    try workflow.change("wire") { $0 = wiring.draft(draft, script, log) }
    try await workflow.build()
    let others = Task {
      for _ in 0..<companions { _ = try await workflow.submit(Payload(Wording.submission), to: script.entry) }
    }
    let run = try await workflow.submit(Payload(Wording.submission), to: script.entry)
    log.follow(run.id)
    if let limit = script.cancelAfter {
      await log.waitForVisits(limit) { run.outcome != nil }
      try await run.cancel()
      log.cancelled()
    }
    try await others.value
    // Where something hangs, this throws and names it; long enough for a machine that stands still for a while.
    try await workflow.close(timeout: .seconds(120))
    try await look(run, broker)
    var report = try RunReport(of: try await run.end(), draft)
    report.visits = log.visits
    report.cancelRequested = log.wasCancelled
    return report
  }

  private var wiring: Wiring {
    let shared = sharesOneThread ? ThreadTaskQueue(workers: 1) : nil
    return Wiring(hasPolicies: hasPolicies) { stage in
      var options = StageOptions(
        taskQueue: .concurrent(workers), queueBound: stage.bound, runsWhenCancelled: stage.runsWhenCancelled,
        keepsOutput: stage.keepsOutput)
      if stumbles { options.retry = .fixed(.zero, maxAttempts: 2) }
      if let shared { options.taskQueue = shared }
      return options
    } before: { context in
      if stumbles, context.attempt == 1 { throw Refusal() }
    }
  }
}

extension RunReport {
  /// What an end says; the visits are another's to tell.
  init(of end: RunEnd, _ draft: GraphDraft) throws {
    self.init()
    switch end.outcome {
    case .succeeded: outcome = .succeeded
    case .cancelled: outcome = .cancelled
    case .failed(let failures):
      outcome = .failed
      self.failures = failures.map { Place($0.stage, $0.scope.indices) }
    }
    absorbed = end.absorbed.map { Place($0.stage, $0.scope.indices) }
    var outputs: [String: [String]] = [:]
    for kept in end.outputs {
      outputs[draft.stages[Int(kept.activation.stage.index)].name, default: []].append(try kept.output.text)
    }
    self.outputs = outputs
  }
}
