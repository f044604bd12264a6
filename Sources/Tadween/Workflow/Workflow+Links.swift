public import TadweenCore

/// What a link by name passes on.
public enum LinkPassing: Sendable {
  /// The source's output, converted where the types differ.
  case output
  /// The payload that the source itself was given.
  case originalPayload
  /// Nothing; the target takes `Void`.
  case nothing
}

/// Links between two stages.
extension Workflow {
  /// Passes one stage's output to another. The types are equal, or it does not compile.
  ///
  /// - Parameters:
  ///   - source: The stage whose output is passed on.
  ///   - target: The stage that takes it.
  ///   - condition: Where it says no, the target gets notTaken instead. It cannot throw: what may fail is a stage.
  public func link<A, B, C>(
    _ source: StageReference<A, B>, to target: StageReference<B, C>, when condition: (@Sendable (B) -> Bool)? = nil
  ) throws {
    try link(source.mention, target.mention) { draft, ends, link in
      guard let condition else { return }
      link.isConditional = true
      draft.conditions[ends] = { payload in try payload.holds(condition) }
    }
  }

  /// Passes on what a transform makes of the output. It runs in the target, as part of its input resolution; where it
  /// throws, the target fails.
  public func link<A, B, C, D>(
    _ source: StageReference<A, B>, to target: StageReference<C, D>, when condition: (@Sendable (B) -> Bool)? = nil,
    transform: @escaping @Sendable (B) throws -> C
  ) throws {
    try link(source.mention, target.mention) { draft, ends, link in
      draft.resolvers[ends.target] = { try Payload(transform($0.payload.converted(to: B.self))) }
      guard let condition else { return }
      link.isConditional = true
      draft.conditions[ends] = { payload in try payload.holds(condition) }
    }
  }

  /// Passes on what a transform makes of the source's input and output.
  public func link<A, B, C, D>(
    _ source: StageReference<A, B>, to target: StageReference<C, D>, when condition: (@Sendable (B) -> Bool)? = nil,
    transform: @escaping @Sendable (A, B) throws -> C
  ) throws {
    try link(source.mention, target.mention) { draft, ends, link in
      link.carriesInput = true
      draft.resolvers[ends.target] = { delivery in
        try Payload(
          transform(delivery.sourceInput.converted(to: A.self), delivery.payload.converted(to: B.self)))
      }
      guard let condition else { return }
      link.isConditional = true
      draft.conditions[ends] = { payload in try payload.holds(condition) }
    }
  }

  /// Links two stages by name. ``build()`` checks the names, and that the types can be converted at all; where the output's type is not the input's,
  /// it is converted structurally, through JSON.
  public func link(_ source: String, to target: String, passing: LinkPassing = .output) throws {
    try link(StageMention(name: source), StageMention(name: target)) { draft, ends, link in
      switch passing {
      case .output:
        draft.untyped.append(ends)
      case .originalPayload:
        link.carriesInput = true
        draft.resolvers[target] = { $0.sourceInput }
      case .nothing:
        draft.resolvers[target] = { _ in .nothing }
      }
    }
  }

  /// Passes a stage's own failure to another stage, which then handles it: it does not fail the run where the stage is a
  /// sink but for this link.
  public func link<A, B, C>(failureOf source: StageReference<A, B>, to target: StageReference<Failure, C>) throws {
    try link(source.mention, target.mention) { _, _, link in link.kind = .failure }
  }

  /// Sends each output to the first arm whose test holds, or to `.otherwise`; the other arms get notTaken.
  ///
  /// ```swift
  /// try workflow.choose(from: classify, .when({ $0.isMusic }, music), .otherwise(speech))
  /// ```
  public func choose<A, B>(from source: StageReference<A, B>, _ arms: Arm<B>...) throws {
    try change("choose from \"\(source.name)\"", mentioning: [source.mention] + arms.map(\.target)) { draft in
      let choice = draft.graph.newChoice()
      draft.choices.append((source.name, arms.map(\.erased)))
      for arm in arms {
        draft.graph.links.append(
          GraphDraft.Link(source.name, arm.target.name, isConditional: arm.test != nil, choice: choice))
      }
    }
  }

  private func link(
    _ source: StageMention, _ target: StageMention,
    _ body: (inout WorkflowDraft, WorkflowDraft.Ends, inout GraphDraft.Link) -> Void
  ) throws {
    try change("link \"\(source.name)\" to \"\(target.name)\"", mentioning: [source, target]) { draft in
      var link = GraphDraft.Link(source.name, target.name)
      body(&draft, WorkflowDraft.Ends(source: source.name, target: target.name), &link)
      draft.graph.links.append(link)
    }
  }
}

/// One arm of a choice.
public struct Arm<Value: Sendable>: Sendable {
  let target: StageMention
  let test: (@Sendable (Value) -> Bool)?

  var erased: WorkflowDraft.Arm {
    guard let test else { return WorkflowDraft.Arm(target: target.name, test: nil) }
    return WorkflowDraft.Arm(target: target.name) { payload in try payload.holds(test) }
  }

  /// Taken where the test holds and no earlier arm was taken.
  public static func when<Output>(
    _ test: @escaping @Sendable (Value) -> Bool, _ target: StageReference<Value, Output>
  ) -> Arm { Arm(target: target.mention, test: test) }

  /// Taken where no earlier arm was.
  public static func otherwise<Output>(_ target: StageReference<Value, Output>) -> Arm {
    Arm(target: target.mention, test: nil)
  }
}

extension Delivery {
  /// The only payload, of a link or of a submission.
  var payload: Payload {
    switch input {
    case .single(let payload, _): payload
    case .caught(let failure): Payload(failure)
    case .join: .nothing
    }
  }

  /// What the link's source was given.
  var sourceInput: Payload { if case .single(_, let input?) = input { input } else { .nothing } }
}

extension Payload {
  /// Whether the test holds for the value. An output that cannot be had as the link's type is an error and no "no": it
  /// would go missing in silence.
  func holds<Value: Sendable>(_ test: (Value) -> Bool) throws(TadweenError) -> Bool {
    test(try converted(to: Value.self))
  }
}
