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
    /// The attempt took longer than the stage allows.
    public static let timeout = Kind("timeout")
    /// The output could not be encoded, tested by a condition, or split.
    public static let routing = Kind("routing")
  }

  // One reference: a failure travels inside tokens and outcomes, which should stay small.
  private let facts: Facts

  private final class Facts: Sendable {
    let kind: Kind
    let typeName: String
    let messages: [String]
    let stage: String
    let scope: ScopePath
    let attempt: Int

    init(kind: Kind, typeName: String, messages: [String], stage: String, scope: ScopePath, attempt: Int) {
      self.kind = kind
      self.typeName = typeName
      self.messages = messages
      self.stage = stage
      self.scope = scope
      self.attempt = attempt
    }
  }

  public init(
    kind: Kind, typeName: String, messages: [String], stage: String, scope: ScopePath = .root, attempt: Int = 1
  ) {
    facts = Facts(kind: kind, typeName: typeName, messages: messages, stage: stage, scope: scope, attempt: attempt)
  }

  /// What went wrong, to switch on.
  public var kind: Kind { facts.kind }
  /// The name of the error's type.
  public var typeName: String { facts.typeName }
  /// What the error said, and what the errors beneath it said, outermost first: those that a ``TadweenError`` carries as
  /// `underlying`.
  public var messages: [String] { facts.messages }
  /// The stage that failed: where the failure arose, however far it was passed on.
  public var stage: String { facts.stage }
  /// The map item that failed; root outside maps.
  public var scope: ScopePath { facts.scope }
  /// The attempt that failed for good, from 1.
  public var attempt: Int { facts.attempt }

  public var description: String {
    "Stage \"\(stage)\"\(scope) failed (\(kind), attempt \(attempt)): \(messages.joined(separator: ": "))"
  }

  public static func == (a: Failure, b: Failure) -> Bool {
    a.facts === b.facts
      || (a.kind == b.kind && a.typeName == b.typeName && a.messages == b.messages && a.stage == b.stage
        && a.scope == b.scope && a.attempt == b.attempt)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(stage)
    hasher.combine(scope)
    hasher.combine(attempt)
  }

  private enum CodingKeys: CodingKey { case kind, typeName, messages, stage, scope, attempt }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      kind: try container.decode(Kind.self, forKey: .kind),
      typeName: try container.decode(String.self, forKey: .typeName),
      messages: try container.decode([String].self, forKey: .messages),
      stage: try container.decode(String.self, forKey: .stage),
      scope: try container.decode(ScopePath.self, forKey: .scope),
      attempt: try container.decode(Int.self, forKey: .attempt))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(typeName, forKey: .typeName)
    try container.encode(messages, forKey: .messages)
    try container.encode(stage, forKey: .stage)
    try container.encode(scope, forKey: .scope)
    try container.encode(attempt, forKey: .attempt)
  }
}
