/// A directed edge of the graph.
public struct Link: Sendable {
  /// What a link carries, and whether it changes the scope.
  public enum Kind: Hashable, Sendable {
    /// The source's output.
    case value
    /// The source's own failure.
    case failure
    /// One item of the source's output to each activation of a map.
    case each(MapID)
    /// The outputs of all items of the source's innermost map.
    case gather(MapID, GatherRule)
  }

  public let source: StageID
  public let target: StageID
  public let kind: Kind
  /// What the target asks of this link's token (rule R4).
  public let need: Need
  /// The link's place among the target's incoming ones.
  public let slot: Int
  /// Whether a `when:` may turn the token down.
  public let isConditional: Bool
  /// The choice that the link is an arm of: a number within the graph.
  public let choice: Int?
  /// Whether the target's transform wants the source's input beside its output.
  public let carriesInput: Bool
  public let key: LinkKey
}

/// What a join asks of one parent.
public enum Need: Hashable, Sendable {
  /// It must have succeeded.
  case value
  /// It must have succeeded, or not been taken.
  case ifTaken
  /// Anything.
  case outcome
}

/// When a join with several parents fires.
public enum JoinRule: Hashable, Sendable {
  /// When all tokens are in, and every link's need is met.
  case needs
  /// At the first token that succeeded.
  case anySucceeded(cancelLosers: Bool)
  /// As soon as this many tokens have succeeded.
  case quorum(Int, cancelLosers: Bool)

  /// How many successes an eager rule waits for; nil where needs decide.
  package var threshold: Int? {
    switch self {
    case .needs: nil
    case .anySucceeded: 1
    case .quorum(let count, _): count
    }
  }

  package var cancelsLosers: Bool {
    switch self {
    case .needs: false
    case .anySucceeded(let cancels), .quorum(_, let cancels): cancels
    }
  }
}

/// What a gather asks of its items.
public enum GatherRule: Hashable, Sendable {
  /// Every item succeeded.
  case all
  /// Every item succeeded or was not taken.
  case ifTaken
  /// Anything.
  case outcome
  /// At least this share of the items succeeded; 0…1.
  case atLeast(Double)

  /// Whether the rule is met by the ends of all items.
  package func isMet(by items: [Token]) -> Bool {
    switch self {
    case .all: items.allSatisfy(\.isSuccess)
    case .ifTaken: items.allSatisfy { $0.isSuccess || $0.severity == .notTaken }
    case .outcome: true
    case .atLeast(let share):
      // The small step back undoes binary rounding: 0.55 of 100 items are 55, not 56.
      items.count(where: \.isSuccess) >= Int((share * Double(items.count) - 1e-9).rounded(.up))
    }
  }
}
