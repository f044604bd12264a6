internal import TadweenCore
internal import Tracing

/// Makes the spans of a workflow: one a submission, one an attempt.
///
/// A run is one trace. Its submission's span, a child of the caller's where there is one, is the parent of all its
/// attempts' spans: its context is in the run's metadata, and so survives whatever the broker survives. What an attempt
/// worked on came from other attempts, which it is linked to where this process knows them.
final class WorkflowTracing: Sendable {
  /// What is known of one unfinished run.
  private struct Trace: Sendable {
    /// The context of its submission.
    let root: ServiceContext
    /// The last attempt at each activation.
    var attempts: [Activation: ServiceContext] = [:]

    /// Those of the parents that the message came from, and the one before at the same work.
    func origins(of delivery: Delivery, in graph: WorkflowGraph, atMost limit: Int) -> [ServiceContext] {
      let links = delivery.link.map { [$0] } ?? graph[delivery.stage].incoming
      let parents = links.flatMap { link -> [ServiceContext] in
        let source = graph[link].source
        let depth = graph[source].scope.count
        let indices = delivery.scope.indices
        if depth <= indices.count {
          let scope = ScopePath(Array(indices.prefix(depth)))
          return attempts[Activation(stage: source, scope: scope)].map { [$0] } ?? []
        }
        // A gather: all items of the map that it closes.
        let items = attempts.filter { $0.key.stage == source && $0.key.scope.lies(in: delivery.scope) }
        return items.sorted { $0.key < $1.key }.prefix(limit).map(\.value)
      }
      return parents + (attempts[delivery.key.activation].map { [$0] } ?? [])
    }
  }

  private struct Attempt: Hashable {
    let run: RunID
    let key: DeliveryKey
  }

  private struct State: Sendable {
    var traces: [RunID: Trace] = [:]
    var underWay: [Attempt: any Span] = [:]
  }

  /// A gather of very many items is linked to so many of them.
  private static let greatestNumberOfLinks = 128

  private let tracer: any Tracer
  private let workflow: String
  private let graph: WorkflowGraph
  private let state = Locked(State())

  init(_ tracer: any Tracer, workflow: String, graph: WorkflowGraph) {
    self.tracer = tracer
    self.workflow = workflow
    self.graph = graph
  }
}

/// Submissions.
extension WorkflowTracing {
  /// The runs with a span's context in their metadata, and the spans, to be ended with ``end(_:)``. Their parent is the
  /// caller's span, or what the caller put into the metadata.
  func submit(_ runs: [NewRun]) -> (runs: [NewRun], spans: [any Span]) {
    var spans: [any Span] = []
    let runs = runs.map { run in
      let span = tracer.startSpan(
        "submit \(workflow)", context: ServiceContext.current ?? context(in: run.metadata), ofKind: .producer)
      span.updateAttributes { attributes in
        attributes["tadween.workflow"] = workflow
        attributes["tadween.stage"] = graph[run.entry].name
        attributes["tadween.run"] = "\(run.id)"
      }
      spans.append(span)
      var metadata = run.metadata
      tracer.inject(span.context, into: &metadata, using: MetadataInjector())
      return NewRun(
        id: run.id, callerID: run.callerID, entry: run.entry, payload: run.payload, metadata: metadata)
    }
    return (runs, spans)
  }

  /// The broker has answered.
  func end(_ spans: [any Span], _ submissions: [Submission]) {
    for (span, submission) in zip(spans, submissions) {
      switch submission {
      case .created: break
      case .existing(let ticket): span.attributes["tadween.existing_run"] = "\(ticket.run)"
      case .conflict: span.setStatus(SpanStatus(code: .error, message: "idConflict"))
      }
      span.end()
    }
  }

  /// The broker threw.
  func end(_ spans: [any Span], _ error: any Error) {
    for span in spans {
      span.recordError(error)
      span.setStatus(SpanStatus(code: .error))
      span.end()
    }
  }

  private func context(in metadata: Metadata) -> ServiceContext {
    var context = ServiceContext.topLevel
    tracer.extract(metadata, into: &context, using: MetadataExtractor())
    return context
  }
}

/// Attempts.
extension WorkflowTracing {
  /// Runs what a worker has taken, each message within a span; `ServiceContext.current` is the first one's meanwhile.
  func follow(_ batch: [Delivery], in slot: Slot, _ body: () async -> Void) async {
    let contexts = batch.map { begin($0) }
    await ServiceContext.withValue(contexts.first) { await body() }
    let endings = slot.hand.withLock { hand in hand.done.map { (Attempt(run: $0.run, key: $0.key), $0.ending) } }
    for (attempt, ending) in endings { end(attempt, ending) }
    // Taken and not run: the run was cancelled while they waited. Those whose deadline came have ended with it.
    for delivery in batch { end(Attempt(run: delivery.run, key: delivery.key), .cancelled(nil)) }
  }

  /// A policy has looked at messages before their gates. Of those that it let end there, a span says so.
  func look(at batch: [Delivery], screenedIn slot: Slot) {
    for (attempt, ending) in slot.hand.withLock({ hand in
      hand.done.map { (Attempt(run: $0.run, key: $0.key), $0.ending) }
    }) {
      guard let delivery = batch.first(where: { $0.run == attempt.run && $0.key == attempt.key }) else { continue }
      _ = begin(delivery)
      end(attempt, ending)
    }
  }

  /// The attempt's outcome is decided, at its deadline.
  func expire(_ delivery: Delivery, _ ending: Ending) { end(Attempt(run: delivery.run, key: delivery.key), ending) }

  /// Whether no run and no attempt is known.
  var isEmpty: Bool { state.withLock { $0.traces.isEmpty && $0.underWay.isEmpty } }

  /// Runs are complete: nothing more is linked to their attempts.
  func forget(_ ends: [RunEnd]) {
    let forgotten = state.withLock { state in ends.map { state.traces.removeValue(forKey: $0.run) } }
    withExtendedLifetime(forgotten) {}
  }

  private func begin(_ delivery: Delivery) -> ServiceContext {
    let stage = graph[delivery.stage].name
    let (root, origins) = origins(of: delivery)
    let span = tracer.startSpan("process \(stage)", context: root, ofKind: .consumer)
    span.updateAttributes { attributes in
      attributes["tadween.workflow"] = workflow
      attributes["tadween.stage"] = stage
      attributes["tadween.run"] = "\(delivery.run)"
      attributes["tadween.attempt"] = Int(delivery.key.attempt)
      if !delivery.scope.isRoot { attributes["tadween.scope"] = "\(delivery.scope)" }
    }
    for origin in origins { span.addLink(SpanLink(context: origin, attributes: [:])) }
    let context = span.context
    let before = state.withLock { state in
      state.underWay[Attempt(run: delivery.run, key: delivery.key)] = span
      return state.traces[delivery.run]?.attempts.updateValue(context, forKey: delivery.key.activation)
    }
    // Goes after unlocking: a context holds what its tracer likes.
    withExtendedLifetime(before) {}
    return context
  }

  /// The context of the run's submission, and those of the attempts that the message comes from.
  private func origins(of delivery: Delivery) -> (root: ServiceContext, attempts: [ServiceContext]) {
    let known = state.withLock { state in
      state.traces[delivery.run].map {
        ($0.root, $0.origins(of: delivery, in: graph, atMost: Self.greatestNumberOfLinks))
      }
    }
    if let known { return known }
    // The first that this process hears of the run.
    let root = context(in: delivery.ticket?.metadata ?? [:])
    state.withLock { state in if state.traces[delivery.run] == nil { state.traces[delivery.run] = Trace(root: root) } }
    // Asked last: a run that completes from now on is forgotten when that is announced.
    if let end = delivery.ticket?.end { forget([end]) }
    return (root, [])
  }

  private func end(_ attempt: Attempt, _ ending: Ending) {
    guard let span = state.withLock({ $0.underWay.removeValue(forKey: attempt) }) else { return }
    span.attributes["tadween.outcome"] = ending.outcomeName
    if let failure = ending.failure {
      span.recordError(failure)
      span.setStatus(SpanStatus(code: .error, message: failure.kind.name))
    }
    span.end()
  }
}

extension Ending {
  /// What traces and logs call it.
  var outcomeName: String {
    switch self {
    case .succeeded: "succeeded"
    case .failed: "failed"
    case .notTaken: "not_taken"
    case .cancelled: "cancelled"
    case .retried: "retried"
    case .parked: "parked"
    }
  }

  /// What failed; nil where nothing did, or the attempt was only put off.
  var failure: Failure? {
    switch self {
    case .failed(let failure), .parked(let failure): failure
    case .cancelled(let cause): cause
    case .retried(let retry): retry.countsAttempt ? retry.history.failures.last : nil
    case .succeeded, .notTaken: nil
    }
  }
}
