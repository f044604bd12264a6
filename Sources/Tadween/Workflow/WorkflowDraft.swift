internal import Logging
internal import TadweenCore

/// A workflow while it is written: the graph, and the code that its stages and links bring along.
struct WorkflowDraft: Sendable {
  var graph = GraphDraft()
  var stages: [StageBlueprint] = []
  /// By target: how its input comes to be from what its links bring.
  var resolvers: [String: @Sendable (Delivery) throws -> Payload] = [:]
  /// By source and target: the condition of a link.
  var conditions: [Ends: @Sendable (Payload) throws -> Bool] = [:]
  /// By choice: its arms, in order.
  var choices: [(source: String, arms: [Arm])] = []
  /// By map: the number of its items.
  var widths: [@Sendable (Payload) throws -> Int] = []
  /// Links by name that pass an output on: their types are compared when the workflow is built.
  var untyped: [Ends] = []
  /// References of another workflow.
  var strangers: Set<StageMention> = []

  struct Ends: Hashable, Sendable {
    let source: String
    let target: String
  }

  struct Arm: Sendable {
    let target: String
    let test: (@Sendable (Payload) throws -> Bool)?
  }
}

extension WorkflowDraft {
  mutating func add(_ blueprint: StageBlueprint) {
    stages.append(blueprint)
    graph.stages.append(
      GraphDraft.Stage(
        blueprint.name, runsWhenCancelled: blueprint.options.runsWhenCancelled,
        keepsOutput: blueprint.options.keepsOutput, bound: blueprint.options.queueBound))
  }
}

extension GraphIssue {
  /// Whether it says that no stage has this name.
  fileprivate func misses(_ stage: String) -> Bool {
    switch self {
    case .unknownStage(stage, _, _), .unknownEntryPoint(stage, _): true
    default: false
    }
  }
}

/// A stage before its workflow is built: everything but its links.
struct StageBlueprint: Sendable {
  let name: String
  let options: StageOptions
  let input: any Sendable.Type
  let output: any Sendable.Type
  let handlerName: String
  /// nil: none of its own.
  let policyName: String?
  /// What its policy asks its stage for.
  let needs: [StateNeed]
  let makeWork: @Sendable (Routing, PayloadEncoding?, (any World)?) -> any StageWork

  init<H: Handler, P: StagePolicy>(
    _ name: String, _ source: HandlerSource<H>, policy: P, options: StageOptions, handlerName: String,
    invocation: Invocation? = nil
  ) where P.Input == H.Input, P.Output == H.Output {
    self.name = name
    self.options = options
    needs = (policy as? any StateNeeding)?.needs ?? []
    input = H.Input.self
    output = H.Output.self
    self.handlerName = handlerName
    if P.self == DefaultPolicy<H.Input, H.Output>.self {
      policyName = nil
      let invocation = invocation ?? Invocation(of: H.self)
      makeWork = { routing, encoding, world in
        if let world {
          let instances = HandlerInstances(source.living(in: world))
          return PlainWork(routing, Invocation(of: WorldHandler<H>.self), instances, encoding: encoding)
        }
        return PlainWork(routing, invocation, HandlerInstances(source), encoding: encoding)
      }
    } else {
      policyName = "\(P.self)"
      makeWork = { routing, encoding, world in
        let steps = PolicySteps(policy: WorkflowRoutingPolicy(base: policy, routing: routing), encoding: encoding)
        if let world {
          return PolicyWork<WorldHandler<H>, P>(steps, HandlerInstances(source.living(in: world)))
        }
        return PolicyWork<H, P>(steps, HandlerInstances(source))
      }
    }
  }

  /// A stage whose handler takes several messages at once.
  init<H: BatchHandler, P: StagePolicy>(
    _ name: String, batch source: HandlerSource<H>, _ window: BatchWindow, policy: P, options: StageOptions,
    handlerName: String
  ) where P.Input == H.Input, P.Output == H.Output {
    self.name = name
    var options = options
    options.batch = window
    self.options = options
    needs = (policy as? any StateNeeding)?.needs ?? []
    input = H.Input.self
    output = H.Output.self
    self.handlerName = handlerName
    let hasHooks = P.self != DefaultPolicy<H.Input, H.Output>.self
    policyName = hasHooks ? "\(P.self)" : nil
    makeWork = { routing, encoding, world in
      let steps = PolicySteps(policy: WorkflowRoutingPolicy(base: policy, routing: routing), encoding: encoding)
      if let world {
        let instances = HandlerInstances(source.living(in: world))
        return BatchWork<WorldBatchHandler<H>, P>(steps, instances, hasHooks: hasHooks)
      }
      return BatchWork<H, P>(steps, HandlerInstances(source), hasHooks: hasHooks)
    }
  }
}

/// From a draft to what an engine needs.
extension WorkflowDraft {
  /// Checks everything at once: the graph, and that every link whose payload is converted or encoded can be.
  func check(
    encoding: PayloadEncoding?, resources: Resources, stores: StageStores, maxRunsInFlight: Int?, runTimeout: Duration?,
    lifetime: Duration?
  ) throws(GraphError) -> WorkflowGraph {
    var issues: [GraphIssue] = []
    var graph: WorkflowGraph?
    do {
      graph = try WorkflowGraph(self.graph)
    } catch {
      issues = error.issues
    }
    if let maxRunsInFlight, maxRunsInFlight < 1 { issues.append(.invalidRunLimit(maxRunsInFlight)) }
    if let lifetime, lifetime <= .zero { issues.append(.invalidLifetime(lifetime)) }
    if let runTimeout, runTimeout <= .zero { issues.append(.invalidRunTimeout(runTimeout)) }
    issues += optionIssues + demandIssues(resources, graph) + stateIssues(stores)
    for stranger in strangers.sorted(by: { $0.name < $1.name }) {
      // Said once, as what it is.
      issues.removeAll { $0.misses(stranger.name) }
      issues.append(.foreignStage(stranger.name, of: stranger.origin?.name ?? ""))
    }
    let byName = Dictionary(stages.map { ($0.name, $0) }) { first, _ in first }
    for link in untyped {
      guard let source = byName[link.source], let target = byName[link.target] else { continue }
      if let reason = Self.obstacle(from: source.output, to: target.input) {
        issues.append(.notConvertible(from: link.source, to: link.target, reason: reason))
      }
    }
    if encoding != nil {
      for link in self.graph.links {
        guard let source = byName[link.source] else { continue }
        if let reason = Self.codingObstacle(source.output) {
          issues.append(.notConvertible(from: link.source, to: link.target, reason: reason))
        }
      }
      let sources = Set(self.graph.links.map(\.source))
      let targets = Set(self.graph.links.map(\.target))
      for stage in stages {
        // What a submission brings, and what is kept for its caller.
        let ends = [
          targets.contains(stage.name) ? nil : stage.input, sources.contains(stage.name) ? nil : stage.output,
        ]
        for case let type? in ends where type != Payload.self {
          if let reason = Self.codingObstacle(type) { issues.append(.notCodable(stage.name, reason: reason)) }
        }
      }
    }
    guard issues.isEmpty, let graph else { throw GraphError(issues: issues) }
    return graph
  }

  private static func obstacle(from source: Any.Type, to target: Any.Type) -> String? {
    if source == target || target == Payload.self || target == Void.self { return nil }
    if !(source is any Encodable.Type) {
      return "\(source) is not \(target), and not Encodable, so it cannot be converted"
    }
    if !(target is any Decodable.Type) {
      return "\(source) is not \(target), and \(target) is not Decodable, so it cannot be converted"
    }
    return nil
  }

  private static func codingObstacle(_ type: Any.Type) -> String? {
    if type == Void.self || (type is any Encodable.Type && type is any Decodable.Type) { return nil }
    return "this broker encodes payloads, and \(type) is not Codable"
  }

  /// The stages' work, in the graph's order.
  func works(
    _ graph: WorkflowGraph, encoding: PayloadEncoding?, in world: (any World)?
  ) -> [(work: any StageWork, options: StageOptions)] {
    zip(stages, graph.stages).map { blueprint, node in
      var routing = Routing()
      routing.resolve = resolvers[blueprint.name]
      for id in node.outgoing {
        let ends = Ends(source: node.name, target: graph[graph[id].target].name)
        if let condition = conditions[ends] { routing.conditions.append((id, condition)) }
        if graph[id].carriesInput { routing.carriesInput = true }
      }
      for choice in choices where choice.source == node.name {
        routing.choices.append(
          choice.arms.compactMap { arm in
            node.outgoing.first { graph[graph[$0].target].name == arm.target }.map {
              Routing.Arm(link: $0, test: arm.test)
            }
          })
      }
      routing.widths = node.maps.map { widths[Int($0.index)] }
      var options = blueprint.options
      if let world { options.taskQueue = world.queue(for: options.taskQueue) }
      return (blueprint.makeWork(routing, encoding, world), options)
    }
  }
}
