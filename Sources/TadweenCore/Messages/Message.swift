/// What a stage receives: a payload, and where it comes from.
public struct Message: Sendable {
  /// The same for every delivery of the same work; see ``MessageID``.
  public let id: MessageID
  /// The queue it came through: a stage's name, or a topic of the user's own.
  public let topic: Topic
  public let payload: Payload
  /// What the submission said of itself.
  public let metadata: Metadata
  /// The run it belongs to; nil on a topic of the user's own.
  public let run: RunID?

  public init(id: MessageID, topic: Topic, payload: Payload, metadata: Metadata = [:], run: RunID? = nil) {
    self.id = id
    self.topic = topic
    self.payload = payload
    self.metadata = metadata
    self.run = run
  }
}

/// The name under which messages are published and subscribed to.
public struct Topic: Hashable, Sendable, Codable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let name: String
  public init(_ name: String) { self.name = name }
  public init(stringLiteral name: String) { self.name = name }
  public var description: String { name }
}
