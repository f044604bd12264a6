/// Why an activation failed: a value that can be stored, sent along a failure link, and shown.
public struct Failure: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  /// What went wrong, as far as the engine can tell. A struct and no enum: later versions know more kinds.
  public struct Kind: Hashable, Sendable, Codable, CustomStringConvertible {
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }

    /// The handler threw.
    public static let handler = Kind("handler")
    /// The payload could not become the stage's input.
    public static let inputValidation = Kind("inputValidation")
    /// A hook or an interception of the policy threw.
    public static let policy = Kind("policy")
    /// A transform threw while the stage's input was made.
    public static let transform = Kind("transform")
    /// The attempt took longer than the stage allows, or the run longer than the workflow does.
    public static let timeout = Kind("timeout")
    /// The message waited at the stage longer than it may.
    public static let queueTimeout = Kind("queueTimeout")
    /// The message waited for the workflow's state longer than it may, or the predicate over it threw.
    public static let deferral = Kind("deferral")
    /// The output could not be encoded, tested by a condition, or split.
    public static let routing = Kind("routing")
    /// Its process died while it ran, again and again.
    public static let crashed = Kind("crashed")
  }

  // One reference: a failure travels inside tokens and outcomes, which should stay small.
  private final class Facts: Sendable {
    let values: Values
    init(_ values: Values) { self.values = values }
  }

  private struct Values: Hashable, Codable, Sendable {
    let kind: Kind
    let typeName: String
    var messages: [String]
    let stage: String
    let scope: ScopePath
    let attempt: Int
    let hook: String?
    let message: MessageID?
  }

  private let facts: Facts

  /// - Parameter stage: Empty for a failure of the run as a whole.
  public init(
    kind: Kind, typeName: String, messages: [String], stage: String, scope: ScopePath = .root, attempt: Int = 1,
    hook: String? = nil, message: MessageID? = nil
  ) {
    self.init(
      Values(
        kind: kind, typeName: typeName, messages: messages, stage: stage, scope: scope, attempt: attempt, hook: hook,
        message: message))
  }

  private init(_ values: Values) { facts = Facts(values) }

  /// What went wrong, to switch on.
  public var kind: Kind { facts.values.kind }
  /// The name of the error's type.
  public var typeName: String { facts.values.typeName }
  /// What the error said, and what the errors beneath it said, outermost first: those that a ``TadweenError`` carries as
  /// `underlying`.
  public var messages: [String] { facts.values.messages }
  /// The stage that failed: where the failure arose, however far it was passed on. Empty where the run as a whole failed,
  /// because it took longer than it may.
  public var stage: String { facts.values.stage }
  /// The map item that failed; root outside maps.
  public var scope: ScopePath { facts.values.scope }
  /// The attempt that failed for good, from 1.
  public var attempt: Int { facts.values.attempt }
  /// The hook of the policy that threw, as `onRunning`; nil where it was none.
  public var hook: String? { facts.values.hook }
  /// The message that the attempt worked on.
  public var message: MessageID? { facts.values.message }

  public var description: String {
    stage.isEmpty
      ? "\(kind): \(messages.joined(separator: ": "))"
      : "Stage \"\(stage)\"\(scope) failed (\(kind), attempt \(attempt)): \(messages.joined(separator: ": "))"
  }

  /// With one message more.
  package func adding(_ message: String) -> Failure {
    var values = facts.values
    values.messages.append(message)
    return Failure(values)
  }

  public static func == (a: Failure, b: Failure) -> Bool {
    a.facts === b.facts || a.facts.values == b.facts.values
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(facts.values) }

  public init(from decoder: any Decoder) throws { self.init(try Values(from: decoder)) }

  public func encode(to encoder: any Encoder) throws { try facts.values.encode(to: encoder) }
}
