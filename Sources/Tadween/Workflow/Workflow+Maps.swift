public import TadweenCore

/// One output becomes many activations, and their outputs are collected again.
extension Workflow {
  /// Runs each target once an element of the source's output. All targets of one call see the same items.
  ///
  /// ```swift
  /// try workflow.link(split, toEach: recognise, rate)
  /// ```
  public func link<A, Element, each Output: Sendable>(
    _ source: StageReference<A, [Element]>, toEach targets: repeat StageReference<Element, each Output>
  ) throws {
    var mentions: [StageMention] = []
    for target in repeat each targets { mentions.append(target.mention) }
    try map(source.mention, mentions) { (output: [Element]) in output }
  }

  /// Runs each target once an element of an array within the source's output.
  ///
  /// ```swift
  /// try workflow.link(split, toEach: recognise, of: \.chunks)
  /// ```
  public func link<A, B, Element, each Output: Sendable>(
    _ source: StageReference<A, B>, toEach targets: repeat StageReference<Element, each Output>,
    of elements: any KeyPath<B, [Element]> & Sendable
  ) throws {
    var mentions: [StageMention] = []
    for target in repeat each targets { mentions.append(target.mention) }
    try map(source.mention, mentions) { (output: B) in output[keyPath: elements] }
  }

  /// Collects the outputs of all items of the innermost map, in the items' order; fires when all have succeeded.
  public func gather<A, B, C>(_ source: StageReference<A, B>, into target: StageReference<[B], C>) throws {
    try gather(source.mention, target.mention, .all) { Payload(try $0.map { try $0.succeededValue() } as [B]) }
  }

  /// Collects the outputs of the items that were taken; nil stands where one was not.
  public func gather<A, B, C, D>(
    _ source: StageReference<A, B>, into target: StageReference<C, D>, _ rule: IfTakenRule,
    _ combine: @escaping @Sendable ([B?]) throws -> C
  ) throws {
    try gather(source.mention, target.mention, .ifTaken) { items in
      Payload(try combine(items.map { ($0?.isSuccess ?? false) ? try $0.succeededValue() : nil }))
    }
  }

  /// Collects the outcomes of all items.
  ///
  /// - Parameters:
  ///   - source: The stage inside the map.
  ///   - target: The stage that takes the items' outcomes.
  ///   - combine: Makes the target's input; runs in the target, which fails where it throws.
  ///   - rule: `.outcome` for whatever became of them, `.atLeast(0.9)` where that share must have succeeded.
  public func gather<A, B, C, D>(
    _ source: StageReference<A, B>, into target: StageReference<C, D>, _ rule: OutcomeRule,
    _ combine: @escaping @Sendable ([Outcome<B>]) throws -> C
  ) throws {
    try gather(source.mention, target.mention, rule.rule) { items in
      Payload(try combine(items.map { try $0.outcome() }))
    }
  }

  private func map<B: Sendable, Element: Sendable>(
    _ source: StageMention, _ targets: [StageMention], _ elements: @escaping @Sendable (B) -> [Element]
  ) throws {
    try change("link \"\(source.name)\" to each", mentioning: [source] + targets) { draft in
      let map = draft.graph.newMap()
      draft.widths.append { payload in elements(try payload.converted(to: B.self)).count }
      for target in targets {
        draft.graph.links.append(.init(source.name, target.name, kind: .each(map)))
        // The array travels once; each item picks its own element.
        draft.resolvers[target.name] = { delivery in
          let items = elements(try delivery.payload.decodedOnce(as: B.self))
          let index = delivery.scope.indices.last ?? 0
          guard items.indices.contains(index) else {
            throw TadweenError(
              .inputValidation, "\(B.self) has \(items.count) items once it is decoded, and had more before")
          }
          return Payload(items[index])
        }
      }
    }
  }

  private func gather(
    _ source: StageMention, _ target: StageMention, _ rule: GatherRule,
    _ combine: @escaping @Sendable ([Token?]) throws -> Payload
  ) throws {
    try change("gather \"\(source.name)\" into \"\(target.name)\"", mentioning: [source, target]) { draft in
      draft.graph.links.append(.init(source.name, target.name, kind: .gather(rule)))
      draft.resolvers[target.name] = { delivery in
        guard case .join(let tokens) = delivery.input else { return .nothing }
        return try combine((tokens.first ?? nil).items())
      }
    }
  }
}

/// A gather that leaves out what was not taken.
public struct IfTakenRule: Sendable {
  /// Fires when every item succeeded or was not taken.
  public static var ifTaken: IfTakenRule { IfTakenRule() }
}

/// A gather that sees how each item ended.
public struct OutcomeRule: Sendable {
  let rule: GatherRule

  /// Fires whatever became of the items.
  public static var outcome: OutcomeRule { OutcomeRule(rule: .outcome) }

  /// Fires where at least this share of the items succeeded, rounded up; 0…1.
  public static func atLeast(_ share: Double) -> OutcomeRule { OutcomeRule(rule: .atLeast(share)) }
}
