/// Facts that travel with every message of a run: names and strings, set at submission.
///
/// A key is a declared constant and no bare string, so a typo does not compile instead of turning something off in
/// silence:
/// ```swift
/// extension MetadataKey { static let tenant = MetadataKey("tenant") }
/// try await workflow.submit(recording, metadata: [.tenant: "radio"])
/// ```
public struct Metadata: Hashable, Sendable, Codable, ExpressibleByDictionaryLiteral {
  public private(set) var values: [MetadataKey: String]

  public init(_ values: [MetadataKey: String] = [:]) { self.values = values }

  /// Of two equal keys the last one counts.
  public init(dictionaryLiteral elements: (MetadataKey, String)...) {
    values = Dictionary(elements) { _, last in last }
  }

  public subscript(key: MetadataKey) -> String? {
    get { values[key] }
    set { values[key] = newValue }
  }
}

/// The name of one fact in a message's metadata. Declare it once, as a static member.
public struct MetadataKey: Hashable, Sendable, Codable, CustomStringConvertible {
  public let name: String
  public init(_ name: String) { self.name = name }
  public var description: String { name }
}
