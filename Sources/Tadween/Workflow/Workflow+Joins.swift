public import TadweenCore

/// What a join can have as a parent: a stage, and what is asked of it. The need decides the type of the join's argument,
/// so that forgetting the skipped or failed case does not compile.
public protocol JoinInput<Value>: Sendable {
  associatedtype Value: Sendable
  /// How the join is drawn into the graph. Only the types of this module can be join inputs.
  var parent: JoinParent { get }
  /// The argument that the join's closure gets for this parent's token.
  func value(of token: Token?) throws -> Value
}

/// One parent of a join, without its types.
public struct JoinParent: Sendable {
  let stage: StageMention
  var need = Need.value
  var gather: GatherRule?
}

/// A stage itself: its value is needed.
extension StageReference: JoinInput {
  public var parent: JoinParent { JoinParent(stage: mention) }
  public func value(of token: Token?) throws -> Output { try token.succeededValue() }

  /// The join runs with nil where this parent was not taken.
  public var ifTaken: IfTaken<Input, Output> { IfTaken(stage: self) }
  /// The join runs whatever became of this parent.
  public var outcome: OutcomeOf<Input, Output> { OutcomeOf(stage: self) }
  /// The outputs of all items of the map that this parent lies in, in order.
  public var gathered: Gathered<Input, Output> { Gathered(stage: self) }
}

/// A parent that may be left out.
public struct IfTaken<Input: Sendable, Output: Sendable>: JoinInput {
  let stage: StageReference<Input, Output>
  public var parent: JoinParent { JoinParent(stage: stage.mention, need: .ifTaken) }
  public func value(of token: Token?) throws -> Output? {
    guard let token, token.isSuccess else { return nil }
    return try Optional(token).succeededValue()
  }
}

/// A parent that may end in any way.
public struct OutcomeOf<Input: Sendable, Output: Sendable>: JoinInput {
  let stage: StageReference<Input, Output>
  public var parent: JoinParent { JoinParent(stage: stage.mention, need: .outcome) }
  public func value(of token: Token?) throws -> Outcome<Output> { try token.outcome() }
}

/// The gathered outputs of a mapped stage, as one argument of a join.
public struct Gathered<Input: Sendable, Output: Sendable>: JoinInput {
  let stage: StageReference<Input, Output>
  public var parent: JoinParent { JoinParent(stage: stage.mention, gather: .all) }
  public func value(of token: Token?) throws -> [Output] { try token.items().map { try $0.succeededValue() } }
}

/// Several parents, one stage.
extension Workflow {
  /// Runs `target` when all parents' needs are met, with what `combine` makes of their values.
  ///
  /// ```swift
  /// try workflow.join(words, speakers.ifTaken, into: merge) { words, speakers in Merged(words, speakers) }
  /// ```
  /// When a need is not met, or nothing was taken, the target does not run and passes the worst of its parents' ends on.
  ///
  /// - Parameters:
  ///   - parents: Stages, each as it is or with what is asked of it: `.ifTaken`, `.outcome`, `.gathered`.
  ///   - target: The stage that runs.
  ///   - combine: Runs in the target, as part of its input resolution; where it throws, the target fails.
  public func join<each Parent: JoinInput, Input, Output>(
    _ parents: repeat each Parent, into target: StageReference<Input, Output>,
    combine: @escaping @Sendable (repeat (each Parent).Value) throws -> Input
  ) throws {
    var drawn: [JoinParent] = []
    for parent in repeat each parents { drawn.append(parent.parent) }
    let captured = (repeat each parents)
    try join(drawn, into: target.mention, .needs) { tokens in
      var position = -1
      func next() -> Token? {
        position += 1
        return tokens[position]
      }
      return Payload(try combine(repeat (each captured).value(of: next())))
    }
  }

  /// Runs `target` with the first parent's value to come; the others change nothing.
  ///
  /// ```swift
  /// try workflow.join(mirrorA, mirrorB, into: unpack, .anySucceeded) { file in file }
  /// ```
  public func join<each ParentInput: Sendable, Value, Input, Output>(
    _ parents: repeat StageReference<each ParentInput, Value>, into target: StageReference<Input, Output>,
    _ rule: AnyRule, combine: @escaping @Sendable (Value) throws -> Input
  ) throws {
    var drawn: [JoinParent] = []
    for parent in repeat each parents { drawn.append(parent.parent) }
    try join(drawn, into: target.mention, .anySucceeded(cancelLosers: rule.cancelLosers)) { tokens in
      let first = tokens.first { $0?.isSuccess ?? false } ?? nil
      return Payload(try combine(first.succeededValue()))
    }
  }

  /// Runs `target` as soon as the rule's number of parents has succeeded, with their values in link order.
  public func join<each ParentInput: Sendable, Value, Input, Output>(
    _ parents: repeat StageReference<each ParentInput, Value>, into target: StageReference<Input, Output>,
    _ rule: QuorumRule, combine: @escaping @Sendable ([Value]) throws -> Input
  ) throws {
    var drawn: [JoinParent] = []
    for parent in repeat each parents { drawn.append(parent.parent) }
    try join(drawn, into: target.mention, .quorum(rule.count, cancelLosers: rule.cancelLosers)) { tokens in
      Payload(try combine(tokens.filter { $0?.isSuccess ?? false }.map { try $0.succeededValue() }))
    }
  }

  private func join(
    _ parents: [JoinParent], into target: StageMention, _ rule: JoinRule,
    combine: @escaping @Sendable ([Token?]) throws -> Payload
  ) throws {
    try change("join into \"\(target.name)\"", mentioning: parents.map(\.stage) + [target]) { draft in
      let join = draft.graph.newJoin(rule)
      draft.resolvers[target.name] = { delivery in
        // A join of one is delivered as the link's own payload.
        if case .join(let tokens) = delivery.input { return try combine(tokens) }
        return try combine([.succeeded(delivery.payload, input: nil)])
      }
      for parent in parents {
        draft.graph.links.append(
          .init(
            parent.stage.name, target.name, kind: parent.gather.map { .gather($0) } ?? .value, need: parent.need,
            join: join))
      }
    }
  }
}

/// The first parent that succeeds decides.
public struct AnyRule: Sendable {
  let cancelLosers: Bool
  /// Fires with the first value; the other parents run on for nobody.
  public static var anySucceeded: AnyRule { AnyRule(cancelLosers: false) }
  /// - Parameter cancelLosers: Whether work that leads to nothing but this join is cancelled once it has fired.
  public static func anySucceeded(cancelLosers: Bool) -> AnyRule { AnyRule(cancelLosers: cancelLosers) }
}

/// A number of parents decides.
public struct QuorumRule: Sendable {
  let count: Int
  let cancelLosers: Bool
  /// - Parameters:
  ///   - count: From 1 to the number of parents.
  ///   - cancelLosers: Whether work that leads to nothing but this join is cancelled once it has fired.
  public static func quorum(_ count: Int, cancelLosers: Bool = false) -> QuorumRule {
    QuorumRule(count: count, cancelLosers: cancelLosers)
  }
}
