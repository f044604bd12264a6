/// Which artifacts are meant, by their columns.
///
/// ```swift
/// try await recordings.filter { $0.duration > 60 && $0.status == "done" }
/// ```
/// A comparison with a column that is null is false, and its negation true: there is no third truth, as SQL has.
/// Texts compare by their bytes.
public indirect enum ArtifactFilter: Hashable, Sendable {
  public enum Comparison: String, Sendable { case equal, less, lessOrEqual, greater, greaterOrEqual }

  case all
  case compare(column: String, Comparison, ColumnLiteral)
  case isNull(column: String)
  case among(column: String, [ColumnLiteral])
  /// The text begins so.
  case hasPrefix(column: String, String)
  case not(ArtifactFilter)
  case and(ArtifactFilter, ArtifactFilter)
  case or(ArtifactFilter, ArtifactFilter)
}

/// The columns of an artifact's root, to compare: `$0.duration`.
@dynamicMemberLookup
public struct ArtifactColumns<Model: Artifact>: Sendable {
  init() {}

  public subscript<Value: ColumnValue>(
    dynamicMember path: any KeyPath<Model.Root, Value> & Sendable
  ) -> ArtifactColumn<Value> { ArtifactColumn(name: Model.schema.name(of: path)) }
}

/// One column, to compare with a value.
public struct ArtifactColumn<Value: ColumnValue>: Sendable {
  let name: String

  /// Whether its value is one of these.
  public func isIn(_ values: [Value]) -> ArtifactFilter { .among(column: name, values.map(\.columnLiteral)) }

  fileprivate func compare(_ comparison: ArtifactFilter.Comparison, _ literal: ColumnLiteral) -> ArtifactFilter {
    .compare(column: name, comparison, literal)
  }
  fileprivate func equals(_ literal: ColumnLiteral) -> ArtifactFilter {
    literal == .null ? .isNull(column: name) : compare(.equal, literal)
  }
}

extension ArtifactColumn where Value == String {
  /// Whether the text begins so, byte by byte.
  public func hasPrefix(_ prefix: String) -> ArtifactFilter { .hasPrefix(column: name, prefix) }
}

extension ArtifactSchema {
  /// The column of a property of the root. A property that has none stops the program: the schema is code, and so is this.
  func name(of path: any AnyKeyPath & Sendable) -> String {
    if let column = columns.first(where: { $0.path == path }) { return column.name }
    // The id has no column of its own, and a path to it in generic code is another than one in the user's.
    if path is KeyPath<Model.Root, ArtifactID> { return "id" }
    preconditionFailure("The schema of \(Model.self) has no Column for \(path).")
  }
}

extension ArtifactFilter {
  public static func && (a: Self, b: Self) -> Self { .and(a, b) }
  public static func || (a: Self, b: Self) -> Self { .or(a, b) }
  public static prefix func ! (a: Self) -> Self { .not(a) }
}

public func == <Value>(a: ArtifactColumn<Value>, b: Value) -> ArtifactFilter { a.equals(b.columnLiteral) }
public func != <Value>(a: ArtifactColumn<Value>, b: Value) -> ArtifactFilter { .not(a.equals(b.columnLiteral)) }
public func < <Value>(a: ArtifactColumn<Value>, b: Value) -> ArtifactFilter { a.compare(.less, b.columnLiteral) }
public func <= <Value>(a: ArtifactColumn<Value>, b: Value) -> ArtifactFilter {
  a.compare(.lessOrEqual, b.columnLiteral)
}
public func > <Value>(a: ArtifactColumn<Value>, b: Value) -> ArtifactFilter { a.compare(.greater, b.columnLiteral) }
public func >= <Value>(a: ArtifactColumn<Value>, b: Value) -> ArtifactFilter {
  a.compare(.greaterOrEqual, b.columnLiteral)
}
