#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// An artifact as a repository stores it: names and bytes.
public struct ArtifactRecord: Hashable, Sendable {
  /// A part as it is stored.
  public enum Content: Hashable, Sendable {
    case absent
    case bytes(Data)
  }

  public var id: ArtifactID
  /// By column, each of the schema's but the id.
  public var columns: [String: ColumnLiteral]
  /// The eager models, by name.
  public var eager: [String: Data]
  /// The parts by name. One that does not stand here is left alone by a save, and was not asked for by a load.
  public var parts: [String: Content]

  public init(
    id: ArtifactID, columns: [String: ColumnLiteral] = [:], eager: [String: Data] = [:], parts: [String: Content] = [:]
  ) {
    self.id = id
    self.columns = columns
    self.eager = eager
    self.parts = parts
  }
}
