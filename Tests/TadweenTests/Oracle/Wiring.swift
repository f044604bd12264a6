import TadweenCore

@testable import Tadween

/// Makes a workflow of a graph whose handlers follow a script.
struct Wiring {
  /// Stages with a policy take one message at a time and run every hook; those without take batches and hand on.
  var hasPolicies = true
  let options: (GraphDraft.Stage) -> StageOptions
  /// What a handler does first.
  var before: @Sendable (HandlerContext) throws -> Void = { _ in }
  /// What somebody changed about an activation of a run.
  var amendment: @Sendable (RunID, Place) -> Script.Ending? = { _, _ in nil }
  /// Stages whose handlers take several inputs at once.
  var batches: [String: BatchWindow] = [:]
  /// Told of the size of each batch.
  var noteBatch: @Sendable (Int) -> Void = { _ in }

  func draft(_ graph: GraphDraft, _ script: Script, _ log: VisitLog) -> WorkflowDraft {
    var draft = WorkflowDraft()
    draft.graph = graph
    for stage in graph.stages {
      draft.stages.append(blueprint(stage.name, options(stage), handler(script, log), policy(script, log)))
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

  private func handler(
    _ script: Script, _ log: VisitLog
  ) -> @Sendable (String, HandlerContext) throws -> Tagged {
    { [before, amendment] input, context in
      try before(context)
      let place = Place(context.stage, context.scope.indices)
      log.visit(context.delivery, place, input: input)
      if (amendment(context.run, place) ?? script.ending(place)) == .fail { throw Refusal() }
      return Tagged(place: place, text: Wording.output(of: place, input: input))
    }
  }

  private func blueprint(
    _ name: String, _ options: StageOptions, _ work: @escaping @Sendable (String, HandlerContext) throws -> Tagged,
    _ policy: some StagePolicy<String, Tagged>
  ) -> StageBlueprint {
    let none = DefaultPolicy<String, Tagged>()
    if let window = batches[name] {
      let source = HandlerSource(isShared: true) { [noteBatch] in BatchOfEach(work: work, note: noteBatch) }
      return hasPolicies
        ? StageBlueprint(name, batch: source, window, policy: policy, options: options, handlerName: "")
        : StageBlueprint(name, batch: source, window, policy: none, options: options, handlerName: "")
    }
    let source = HandlerSource(isShared: true) { ClosureHandler { try work($0, $1) } }
    return hasPolicies
      ? StageBlueprint(name, source, policy: policy, options: options, handlerName: "")
      : StageBlueprint(name, source, policy: none, options: options, handlerName: "")
  }

  private func policy(_ script: Script, _ log: VisitLog) -> StagePolicyBuilder<String, Tagged> {
    StagePolicyBuilder().intercept { [amendment] _, context in
      let place = Place(context.stage, context.scope.indices)
      guard (amendment(context.run, place) ?? script.ending(place)) == .cancelBranch else { return .process }
      log.visit(context.delivery, place, input: nil)
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

/// Does to each input of a batch what another handler does to one.
private struct BatchOfEach: BatchHandler, Sendable {
  let work: @Sendable (String, HandlerContext) throws -> Tagged
  let note: @Sendable (Int) -> Void

  func run(_ inputs: [String], context: BatchContext) -> [Result<Tagged, any Error>] {
    note(inputs.count)
    return zip(inputs, context.items).map { input, item in Result { try work(input, item) } }
  }
}

/// What a handler throws where its script says so.
struct Refusal: Error {}

/// A stage's output: its text, and where it arose, which conditions ask for.
struct Tagged: Codable, Sendable {
  let place: Place
  let text: String
}

extension Payload {
  fileprivate var tagged: Tagged? { try? converted(to: Tagged.self) }
  var text: String { get throws { try converted(to: Tagged.self).text } }
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
