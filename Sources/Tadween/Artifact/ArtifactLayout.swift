/// What a repository has to keep of a kind of artifact: names and types, without the types of Swift.
public struct ArtifactLayout: Hashable, Sendable {
  public struct Column: Hashable, Sendable {
    public let name: String
    public let type: ColumnType
    /// Whether an index of it is wanted.
    public let isIndexed: Bool
  }

  /// An eager model or a part.
  public struct Value: Hashable, Sendable {
    public let name: String
    /// The ``PartCoding/name`` of what makes bytes of it.
    public let coding: String
  }

  /// Those of the root but its id.
  public let columns: [Column]
  public let eager: [Value]
  public let parts: [Value]
}

extension ArtifactSchema {
  /// What a repository has to keep.
  public var layout: ArtifactLayout {
    ArtifactLayout(
      columns: columns.map { ArtifactLayout.Column(name: $0.name, type: $0.type, isIndexed: $0.isIndexed) },
      eager: eager.map { ArtifactLayout.Value(name: $0.name, coding: $0.coding) },
      parts: parts.map { ArtifactLayout.Value(name: $0.name, coding: $0.coding) })
  }
}
