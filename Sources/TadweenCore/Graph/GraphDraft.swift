/// A graph as the user writes it: stages and links by name, not yet checked.
///
/// Nothing is refused here; ``WorkflowGraph/init(_:)`` finds everything that is wrong at once.
public struct GraphDraft: Sendable {
  /// A stage by name, with what the rules have to know of it.
  public struct Stage: Sendable {
    public var name: String
    /// Whether it runs in a cancelled run too.
    public var runsWhenCancelled: Bool
    /// Whether its output is kept for the run's caller though it is no sink.
    public var keepsOutput: Bool
    /// The greatest number of messages that wait; nil: no bound.
    public var bound: Int?

    public init(_ name: String, runsWhenCancelled: Bool = false, keepsOutput: Bool = false, bound: Int? = nil) {
      self.name = name
      self.runsWhenCancelled = runsWhenCancelled
      self.keepsOutput = keepsOutput
      self.bound = bound
    }
  }

  /// A link between two stages, by name.
  public struct Link: Sendable {
    /// What a link carries.
    public enum Kind: Sendable {
      /// The source's output.
      case value
      /// The source's own failure.
      case failure
      /// An item to each activation; links with the same number share one map.
      case each(Int)
      /// The outputs of all items of the source's innermost map.
      case gather(GatherRule)
    }

    public var source: String
    public var target: String
    public var kind: Kind
    /// What the target asks of this link's token.
    public var need: Need
    /// Whether a `when:` may turn the token down.
    public var isConditional: Bool
    /// Links from one source with the same number are the arms of one choice.
    public var choice: Int?
    /// Links with the same number come from one `join` call; a link of its own has none.
    public var join: Int?
    /// Whether the target's transform wants the source's input beside its output.
    public var carriesInput: Bool

    public init(
      _ source: String, _ target: String, kind: Kind = .value, need: Need = .value, isConditional: Bool = false,
      choice: Int? = nil, join: Int? = nil, carriesInput: Bool = false
    ) {
      self.source = source
      self.target = target
      self.kind = kind
      self.need = need
      self.isConditional = isConditional
      self.choice = choice
      self.join = join
      self.carriesInput = carriesInput
    }
  }

  public var stages: [Stage] = []
  public var links: [Link] = []
  /// The rule of each `join` call, by its number.
  public var joinRules: [JoinRule] = []
  /// The entry that a submission goes to when it names none; nil: the only one.
  public var entryPoint: String?
  /// Whether the first failure cancels the rest of its run.
  public var cancelsRunOnFailure = false
  /// How many choices there are; see ``newChoice()``.
  public private(set) var choices = 0
  /// How many maps there are; see ``newMap()``.
  public private(set) var maps = 0

  public init() {}

  /// A number for the arms of a choice.
  public mutating func newChoice() -> Int {
    defer { choices += 1 }
    return choices
  }

  /// A number for the links of a map.
  public mutating func newMap() -> Int {
    defer { maps += 1 }
    return maps
  }

  /// A number for the links of a join with this rule.
  public mutating func newJoin(_ rule: JoinRule = .needs) -> Int {
    joinRules.append(rule)
    return joinRules.count - 1
  }
}
