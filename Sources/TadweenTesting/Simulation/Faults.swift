extension Simulation {
  /// What can go wrong in a simulation.
  public enum Fault: String, Sendable, CaseIterable {
    /// A handler throws: before it has done its work, or after.
    case handlerFailed = "handlers failed"
    /// A handler takes a while, and listens to its cancellation.
    case handlerDelayed = "handlers delayed"
    /// A handler takes long, and does not listen.
    case handlerStuck = "handlers stuck"
    /// A message does not arrive, and is delivered anew later.
    case deliveryLost = "deliveries lost"
    /// A message arrives twice: the same delivery, or one that was thought lost and is delivered anew.
    case deliveryDoubled = "deliveries doubled"
    /// A commit throws: before it was applied, or after.
    case commitThrew = "commits threw"
    /// A commit arrives twice.
    case commitDoubled = "commits doubled"
    /// The process dies, and is started again; see ``SimulatedWorld/restarting(crashes:_:)``.
    case crashed = "crashes"
  }

  /// How often what goes wrong: each chance is that of one attempt, one message or one commit, 0…1.
  ///
  /// ```swift
  /// var faults = Simulation.Faults.harmless
  /// faults.chance[.handlerFailed] = 0.1
  /// faults.spared = ["alert"]
  /// ```
  public struct Faults: Sendable {
    /// What is not in it never happens.
    public var chance: [Fault: Double]
    /// Stages whose handlers are left alone.
    public var spared: Set<String> = []
    /// What a delay takes at most; 1 second by default.
    public var longestDelay = Duration.seconds(1)
    /// How long a stuck handler takes at most; 2 minutes by default.
    public var longestStuck = Duration.seconds(120)
    /// After what time at most a message is delivered anew; 30 seconds by default.
    public var redelivery = Duration.seconds(30)

    public init(_ chance: [Fault: Double]) { self.chance = chance }

    /// Only the order of events is drawn.
    public static let none = Faults([:])

    /// What a workflow does not let its users notice, whose handlers may be executed twice: slow handlers, messages lost and
    /// doubled, commits that throw or come twice, crashes.
    public static let harmless = Faults([
      .handlerDelayed: 0.2, .deliveryLost: 0.03, .deliveryDoubled: 0.03, .commitThrew: 0.03, .commitDoubled: 0.03,
      .crashed: 0.5,
    ])

    /// All of it.
    public static let all = Faults(
      harmless.chance.merging([.handlerFailed: 0.05, .handlerStuck: 0.03]) { _, new in new })
  }
}
