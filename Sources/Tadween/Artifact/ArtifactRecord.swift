#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// An artifact as a repository stores it: names and bytes.
public struct ArtifactRecord: Hashable, Codable, Sendable {
  /// A part as it is stored.
  public enum Content: Hashable, Codable, Sendable {
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

/// For a repository that keeps records as they are.
extension ArtifactRecord {
  /// What is stored once this is saved in place of a record with the same id: parts that it does not have stay, and those
  /// that are absent go.
  ///
  /// - Parameter known: The record that is stored; nil: none.
  public func saved(over known: ArtifactRecord?) -> ArtifactRecord {
    var record = self
    record.parts = (known?.parts ?? [:]).merging(parts) { $1 }.filter { $0.value != .absent }
    return record
  }

  /// The record with these parts and no others; one that is not stored is absent.
  public func showing(_ parts: Set<String>) -> ArtifactRecord {
    var record = self
    record.parts = Dictionary(uniqueKeysWithValues: parts.map { ($0, self.parts[$0] ?? .absent) })
    return record
  }
}
