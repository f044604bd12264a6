public import TadweenCore

/// What decides whether a stage's result is one that is stored already: its payload, the handler's version, its options.
///
/// ```swift
/// MemoKey<Audio>(version: "whisper-3", options: ["model": "small", "beam": "5"])
/// MemoKey<Audio>(version: "whisper-3") { audio in ["file": audio.digest] }       // only this of the payload
/// ```
/// Raise the version whenever the handler would bring something else for the same input: a stored result does not know
/// that the code has changed. Give every option that changes a result.
public struct MemoKey<Input: Sendable>: Sendable {
  let settings: MemoFields
  let payload: @Sendable (Message) throws -> MemoFields

  /// A key of the whole payload, converted to `Input`: whatever of it changes makes another result.
  public init(version: String, options: [String: String] = [:]) where Input: Encodable {
    self.init(version, options) { message in
      try MemoFields(encoding: try message.payload.converted(to: Input.self), under: "payload")
    }
  }

  /// A key of what you take from the input, by name: what is left out may change, and the stored result is used all the same.
  public init(
    version: String, options: [String: String] = [:],
    _ fields: @escaping @Sendable (Input) throws -> [String: any Encodable & Sendable]
  ) {
    self.init(version, options) { message in
      try MemoFields(encoding: fields(try message.payload.converted(to: Input.self)), under: "payload")
    }
  }

  /// A key of what you take from the message, by name: for a policy that makes its handler's input itself, of more than the
  /// payload.
  public init(
    version: String, options: [String: String] = [:],
    ofMessage fields: @escaping @Sendable (Message) throws -> [String: any Encodable & Sendable]
  ) {
    self.init(version, options) { try MemoFields(encoding: fields($0), under: "payload") }
  }

  private init(
    _ version: String, _ options: [String: String], _ payload: @escaping @Sendable (Message) throws -> MemoFields
  ) {
    var settings = MemoFields()
    settings.texts["version"] = version
    for (name, value) in options { settings.texts["options.\(name)"] = value }
    self.settings = settings
    self.payload = payload
  }
}
