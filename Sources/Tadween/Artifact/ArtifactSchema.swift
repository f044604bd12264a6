public import TadweenCore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What of an artifact a repository stores, and under which names: ordinary code, which the compiler checks.
///
/// The first closure makes an artifact of its root and its eager models; columns and parts follow.
public struct ArtifactSchema<Model: Artifact>: Sendable {
  let columns: [AnyColumn<Model>]
  let eager: [AnyEager<Model>]
  let parts: [AnyPart<Model>]
  /// What columns have that are null, where they have a default.
  let fallbacks: [String: ColumnLiteral]
  let make: @Sendable (Model.Root, _ eager: [String: Data]) throws -> Model

  /// - Parameters:
  ///   - make: Makes an artifact whose parts are not loaded.
  ///   - eager: The models that are always loaded with the root, in the order in which `make` takes them.
  ///   - fields: A ``Column`` for each property of the root but its id, and the ``Part``s.
  public init<each Value: Codable & Sendable>(
    _ make: @escaping @Sendable (Model.Root, repeat each Value) -> Model, eager: repeat Eager<Model, each Value>,
    @ArtifactSchemaBuilder<Model> fields: () -> [ArtifactField<Model>] = { [] }
  ) {
    var models: [AnyEager<Model>] = []
    for one in repeat each eager { models.append(AnyEager(one)) }
    self.eager = models
    (columns, parts) = fields().reduce(into: ([], [])) { lists, field in
      switch field.kind {
      case .column(let column): lists.0.append(column)
      case .part(let part): lists.1.append(part)
      }
    }
    fallbacks = Dictionary(
      columns.compactMap { column in column.fallback.map { (column.name, $0) } },
      uniquingKeysWith: { first, _ in first })
    let eager = (repeat each eager)
    self.make = { root, stored in make(root, repeat try (each eager).value(in: stored)) }
  }
}

/// What stands in the braces of an ``ArtifactSchema``: a ``Column`` or a ``Part``.
public struct ArtifactField<Model: Artifact>: Sendable {
  enum Kind: Sendable {
    case column(AnyColumn<Model>)
    case part(AnyPart<Model>)
  }
  let kind: Kind
}

@resultBuilder public enum ArtifactSchemaBuilder<Model: Artifact> {
  public static func buildExpression<Value>(_ column: Column<Model, Value>) -> ArtifactField<Model> {
    ArtifactField(kind: .column(AnyColumn(column)))
  }
  public static func buildExpression<Value>(_ part: Part<Model, Value>) -> ArtifactField<Model> {
    ArtifactField(kind: .part(AnyPart(part)))
  }
  public static func buildBlock(_ fields: ArtifactField<Model>...) -> [ArtifactField<Model>] { fields }
}

extension ArtifactSchema {
  /// What is wrong with it, all at once; to be asked when a repository is made.
  ///
  /// - Throws: ``TadweenError`` with the code `invalidArgument`.
  public func check() throws(TadweenError) {
    var problems: [String] = []
    var known: [String: String] = ["id": "id"]
    for name in columns.map(\.name) + eager.map(\.name) + parts.map(\.name) {
      if !Self.isUsable(name) {
        problems.append("\"\(name)\" is no name: use up to 64 letters, digits and underscores, no digit first")
      }
      // SQLite and some file systems take no notice of case.
      if let other = known.updateValue(name, forKey: name.lowercased()) {
        problems.append(
          other == name ? "\"\(name)\" is there twice" : "\"\(name)\" and \"\(other)\" differ only in case")
      }
    }
    if problems.isEmpty { return }
    throw TadweenError(
      .invalidArgument, "The schema of \(Model.self) cannot be used: \(problems.joined(separator: "; ")).")
  }

  private static func isUsable(_ name: String) -> Bool {
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
      default: false
      }
    }
    return isPlain && !name.isEmpty && name.utf8.count <= 64 && !(name.utf8.first! < UInt8(ascii: "A"))
  }
}
