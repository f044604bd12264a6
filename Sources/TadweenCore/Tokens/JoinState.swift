/// What has arrived at a join, slot by slot (rules R2–R5).
struct JoinState: Sendable {
  enum Slot: Sendable {
    case empty
    case token(Token)
    /// A gather: one place an item, and how many are still empty.
    case gathering([Token?], missing: Int)
  }

  private(set) var slots: [Slot]
  private(set) var missing: Int
  private(set) var hasFired = false

  init(parents: Int) {
    slots = Array(repeating: .empty, count: parents)
    missing = parents
  }

  /// Records a token; false where the slot is filled already, which is a duplicate and changes nothing.
  mutating func record(_ token: Token, at slot: Int) -> Bool {
    if case .token = slots[slot] { return false }
    slots[slot] = .token(token)
    missing -= 1
    return true
  }

  /// Records one item of a gather. Returns all items once the last one is in.
  mutating func record(_ token: Token, of item: Int, width: Int, at slot: Int) -> [Token]? {
    var places: [Token?]
    var missing: Int
    switch slots[slot] {
    case .token: return nil
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
    slots.map { if case .token(let token) = $0 { token } else { nil } }
  }

  enum Decision {
    case wait
    case fire([Token?])
    case die(Death)
  }

  /// What the rule says now. Fires at most once, and forgets the values then: nothing reads them again.
  mutating func decide(_ stage: WorkflowGraph.Stage, in graph: WorkflowGraph) -> Decision {
    if hasFired { return .wait }
    if let threshold = stage.rule.threshold {
      let succeeded = slots.count { if case .token(let token) = $0 { token.isSuccess } else { false } }
      if succeeded >= threshold { return fire() }
      return missing == 0 ? .die(.worst(of: tokens.compactMap { $0 })) : .wait
    }
    guard missing == 0 else { return .wait }
    let tokens = tokens.compactMap { $0 }
    let met = zip(stage.incoming, tokens).allSatisfy { $1.meets(graph[$0].need) }
    let allNotTaken = tokens.allSatisfy { $0.severity == .notTaken }
    return met && !allNotTaken ? fire() : .die(.worst(of: tokens))
  }

  private mutating func fire() -> Decision {
    hasFired = true
    let arrived = tokens
    for index in slots.indices {
      if case .token = slots[index] { slots[index] = .token(.notTaken) }
    }
    return .fire(arrived)
  }
}
