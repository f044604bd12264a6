/// What a stage's messages have to pass before a worker may run them (rule R14); nothing by default.
public struct GateOptions: Sendable {
  /// Whether a worker looks at each message first: at its policy's interception, and at its key.
  public var screens = false
  /// How many messages of one key may be under way; nil: keys do not matter.
  public var keyLimit: Int?
  public var rate: RateLimit?
  public var demands = Demands.none
  /// How long a message may wait at the stage.
  public var queueTimeout: Duration?
  /// Whether the stage has a predicate.
  public var isDeferrable = false
  /// How long a message may wait for it.
  public var deferralTimeout: Duration?

  /// Whether its messages are run several at a time; nil: one at a time.
  public var batch: BatchWindow?

  public init() {}

  /// Whether there is anything to pass.
  package var areNeeded: Bool {
    keyLimit != nil || rate != nil || !demands.isEmpty || queueTimeout != nil || isDeferrable || batch != nil
  }
}
