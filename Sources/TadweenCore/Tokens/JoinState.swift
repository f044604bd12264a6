/// What has arrived at a join, slot by slot (rules R2–R5).
struct JoinState: Sendable {
  enum Slot: Sendable {
    case empty
    case token(Token)
    /// A gather: one place an item, and how many are still empty.
    case gathering([Token?], missing: Int)
    /// A gather that came to a token that does not hold its items, which a redrive of one of them will ask for.
    case gathered([Token], as: Token)

    var token: Token? {
      switch self {
      case .token(let token), .gathered(_, as: let token): token
      case .empty, .gathering: nil
      }
    }
  }

  var slots: [Slot]
  var missing: Int
  var hasFired = false

  init(parents: Int) {
    slots = Array(repeating: .empty, count: parents)
    missing = parents
  }

  /// Records a token; false where the slot is filled already, which is a duplicate and changes nothing.
  ///
  /// - Parameter items: What the gather that this token stands for had, where that is to be kept.
  mutating func record(_ token: Token, at slot: Int, keeping items: [Token]? = nil) -> Bool {
    if slots[slot].token != nil { return false }
    slots[slot] = items.map { .gathered($0, as: token) } ?? .token(token)
    missing -= 1
    return true
  }

  /// Records one item of a gather. Returns all items once the last one is in.
  mutating func record(_ token: Token, of item: Int, width: Int, at slot: Int) -> [Token]? {
    var places: [Token?]
    var missing: Int
    switch slots[slot] {
    case .token, .gathered: return nil
    case .empty: (places, missing) = (Array(repeating: nil, count: width), width)
    case .gathering(let found, let count): (places, missing) = (found, count)
    }
    // The slot gives its array up while it changes: without this every item would copy the whole of it.
    slots[slot] = .empty
    if places[item] == nil {
      places[item] = token
      missing -= 1
    }
    slots[slot] = .gathering(places, missing: missing)
    return missing == 0 ? places.compactMap { $0 } : nil
  }

  /// The tokens that are in, in link order.
  var tokens: [Token?] {
    slots.map(\.token)
  }

  enum Decision {
    case wait
    case fire([Token?])
    case die(Death)
  }

  /// What the rule says now. Fires at most once.
  ///
  /// - Parameter keepsValues: Whether a redrive may make it fire again. Where it may not, it forgets the values when it
  ///   fires: nothing reads them again.
  mutating func decide(
    _ stage: WorkflowGraph.Stage, in graph: WorkflowGraph, keepsValues: Bool
  ) -> Decision {
    if hasFired { return .wait }
    if let threshold = stage.rule.threshold {
      let succeeded = slots.count { $0.token?.isSuccess ?? false }
      if succeeded >= threshold { return fire(keepsValues) }
      return missing == 0 ? .die(.worst(of: tokens.compactMap { $0 })) : .wait
    }
    guard missing == 0 else { return .wait }
    let tokens = tokens.compactMap { $0 }
    let met = zip(stage.incoming, tokens).allSatisfy { $1.meets(graph[$0].need) }
    let allNotTaken = tokens.allSatisfy { $0.severity == .notTaken }
    return met && !allNotTaken ? fire(keepsValues) : .die(.worst(of: tokens))
  }

  private mutating func fire(_ keepsValues: Bool) -> Decision {
    hasFired = true
    let arrived = tokens
    if keepsValues { return .fire(arrived) }
    for index in slots.indices {
      if case .token = slots[index] { slots[index] = .token(.notTaken) }
    }
    return .fire(arrived)
  }
}
