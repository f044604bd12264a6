import Logging
import TadweenCore
import Testing

@testable import Tadween

/// Runs a graph along a script on the real engine.
struct EngineRunner: GraphRunner {
  /// Stages with a policy take one message at a time and run every hook; those without take batches and hand on.
  var hasPolicies = true
  var roundTrip = false
  var workers = 1
  /// All stages on one thread of their own, instead of `workers` tasks each.
  var sharesOneThread = false
  /// How many further runs of the same graph and script are under way, to fill queues.
  var companions = 0
  /// Every first attempt fails, and is made again.
  var stumbles = false

  func run(_ draft: GraphDraft, _ script: Script) async throws -> RunReport {
    let log = Log()
    let workflow = Workflow(
      name: "oracle", broker: InMemoryBroker(roundTrip: roundTrip),
      onFailure: draft.cancelsRunOnFailure ? .cancelRun : .finishRun,
      // Thousands of runs fail here on purpose.
      logger: .silent)
    try workflow.change("wire") { $0 = wire(draft, script, log) }
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
    // Where something hangs, this throws and names it.
    try await workflow.close(timeout: .seconds(20))
    return try report(try await run.end(), draft, log)
  }

  private func report(_ end: RunEnd, _ draft: GraphDraft, _ log: Log) throws -> RunReport {
    var report = RunReport()
    report.visits = log.visits
    report.cancelRequested = log.wasCancelled
    switch end.outcome {
    case .succeeded: report.outcome = .succeeded
    case .cancelled: report.outcome = .cancelled
    case .failed(let failures):
      report.outcome = .failed
      report.failures = failures.map { Place($0.stage, $0.scope.indices) }
    }
    report.absorbed = end.absorbed.map { Place($0.stage, $0.scope.indices) }
    var outputs: [String: [String]] = [:]
    for kept in end.outputs {
      outputs[draft.stages[Int(kept.activation.stage.index)].name, default: []].append(try kept.output.text)
    }
    report.outputs = outputs
    return report
  }

  private func wire(_ graph: GraphDraft, _ script: Script, _ log: Log) -> WorkflowDraft {
    var draft = WorkflowDraft()
    draft.graph = graph
    let shared = sharesOneThread ? ThreadTaskQueue(workers: 1) : nil
    for stage in graph.stages {
      var options = StageOptions(
        taskQueue: .concurrent(workers), queueBound: stage.bound, runsWhenCancelled: stage.runsWhenCancelled,
        keepsOutput: stage.keepsOutput)
      if stumbles { options.retry = .fixed(.zero, maxAttempts: 2) }
      if let shared { options.taskQueue = shared }
      let source = HandlerSource(isShared: true) {
        ClosureHandler { (input: String, context) in
          if stumbles, context.attempt == 1 { throw Refusal() }
          let place = Place(context.stage, context.scope.indices)
          log.visit(context.run, place, input: input)
          if script.ending(place) == .fail { throw Refusal() }
          return Tagged(place: place, text: Wording.output(of: place, input: input))
        }
      }
      draft.stages.append(
        hasPolicies
          ? StageBlueprint(stage.name, source, policy: policy(script, log), options: options, handlerName: "")
          : StageBlueprint(stage.name, source, policy: DefaultPolicy(), options: options, handlerName: ""))
      draft.resolvers[stage.name] = resolver(graph.incoming(stage.name), graph.rule(stage.name))
    }
    for link in graph.links where link.isConditional && link.choice == nil {
      draft.conditions[.init(source: link.source, target: link.target)] = { payload in
        payload.tagged.map { script.takes(link, from: $0.place, in: graph) } ?? false
      }
    }
    for choice in 0..<graph.choices {
      let arms = graph.links.filter { $0.choice == choice }
      guard let source = arms.first?.source else { continue }
      draft.choices.append(
        (
          source,
          arms.map { arm in
            WorkflowDraft.Arm(target: arm.target) { payload in
              payload.tagged.map { script.takes(arm, from: $0.place, in: graph) } ?? false
            }
          }
        ))
    }
    for map in 0..<graph.maps {
      draft.widths.append { payload in payload.tagged.map { script.width($0.place, map) } ?? 0 }
    }
    return draft
  }

  private func policy(_ script: Script, _ log: Log) -> StagePolicyBuilder<String, Tagged> {
    StagePolicyBuilder().intercept { _, context in
      let place = Place(context.stage, context.scope.indices)
      guard script.ending(place) == .cancelBranch else { return .process }
      log.visit(context.run, place, input: nil)
      return .cancel(reason: "the script says so")
    }
  }

  private func resolver(_ links: [GraphDraft.Link], _ rule: JoinRule) -> (@Sendable (Delivery) throws -> Payload) {
    { delivery in
      switch delivery.input {
      case .single(let payload, _):
        guard let link = links.first else { return payload }
        if case .each = link.kind {
          return Payload(Wording.item(try payload.text, delivery.scope.indices.last ?? 0))
        }
        return Payload(try payload.text)
      case .caught(let failure):
        return Payload(Wording.failure(Place(failure.stage, failure.scope.indices)))
      case .join(let tokens):
        let arrived = zip(links, tokens)
        let succeeded = arrived.filter { $1?.isSuccess ?? false }
        switch rule {
        case .needs: return Payload(Wording.arguments(try arrived.map { try $1.text($0.need, gather: $0.gatherNeed) }))
        case .anySucceeded: return Payload(try succeeded[0].1.text(.value, gather: succeeded[0].0.gatherNeed))
        case .quorum: return Payload(Wording.list(try succeeded.map { try $1.text(.value, gather: $0.gatherNeed) }))
        }
      }
    }
  }
}

private struct Refusal: Error {}

/// A stage's output: its text, and where it arose, which conditions ask for.
struct Tagged: Codable, Sendable {
  let place: Place
  let text: String
}

extension Payload {
  fileprivate var tagged: Tagged? { try? converted(to: Tagged.self) }
  fileprivate var text: String { get throws { try converted(to: Tagged.self).text } }
}

extension GraphDraft.Link {
  /// What a gather asks of its items, in the words of needs.
  fileprivate var gatherNeed: Need? {
    switch kind {
    case .gather(.all): .value
    case .gather(.ifTaken): .ifTaken
    case .gather(.outcome), .gather(.atLeast): .outcome
    case .value, .failure, .each: nil
    }
  }
}

extension Token? {
  fileprivate func text(_ need: Need, gather: Need? = nil) throws -> String {
    switch self {
    case .succeeded(let payload, _): return try payload.text
    case .caught(let failure): return Wording.failure(Place(failure.stage, failure.scope.indices))
    case .gathered(let items): return Wording.list(try items.map { try Optional($0).text(gather ?? .value) })
    case .notTaken, .cancelled, .failed, nil:
      if need == .ifTaken { return Wording.skipped }
      switch self {
      case .failed(let failure): return Wording.failed(Place(failure.stage, failure.scope.indices))
      case .cancelled: return Wording.cancelled
      default: return Wording.notTaken
      }
    }
  }
}

/// What the handlers saw.
private final class Log: Sendable {
  private struct State {
    var visits: [RunID: [RunReport.Visit]] = [:]
    /// The run that is reported.
    var followed: RunID?
    var wasCancelled = false
  }

  private let state = Locked(State())

  func follow(_ run: RunID) { state.withLock { $0.followed = run } }

  var visits: [RunReport.Visit] { state.withLock { state in state.followed.flatMap { state.visits[$0] } ?? [] } }
  var wasCancelled: Bool { state.withLock { $0.wasCancelled } }

  func visit(_ run: RunID, _ place: Place, input: String?) {
    state.withLock { $0.visits[run, default: []].append(.init(place, input: input)) }
  }

  /// Lets the run go on until so many activations were visited; gives up where it is over before that.
  func waitForVisits(_ count: Int, or isOver: () -> Bool) async {
    while visits.count < count && !isOver() { await Task.yield() }
  }

  func cancelled() { state.withLock { $0.wasCancelled = true } }
}
