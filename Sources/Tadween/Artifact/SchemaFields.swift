internal import TadweenCore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A property of an artifact's root: what can be filtered and ordered by.
///
/// Its name is the property's coding key.
public struct Column<Model: Artifact, Value: ColumnValue>: Sendable {
  let name: String
  let path: any KeyPath<Model.Root, Value> & Sendable
  let isIndexed: Bool
  let fallback: ColumnLiteral?

  /// - Parameters:
  ///   - name: The property's coding key.
  ///   - path: The property.
  ///   - indexed: Whether a repository that can keeps an index of it. Filters become faster, and saves slower.
  ///   - default: What artifacts have that were stored before there was this column. Without it they have nil, and where
  ///     the property is no optional cannot be loaded.
  public init(
    _ name: String, _ path: any KeyPath<Model.Root, Value> & Sendable, indexed: Bool = false, default: Value? = nil
  ) {
    self.name = name
    self.path = path
    isIndexed = indexed
    fallback = `default`?.columnLiteral
  }
}

/// A model that is always loaded with an artifact's root.
public struct Eager<Model: Artifact, Value: Codable & Sendable>: Sendable {
  let name: String
  let path: any KeyPath<Model, Value> & Sendable
  let coding: PartCoding<Value>
  let fallback: Value?

  /// - Parameters:
  ///   - name: What it is stored as.
  ///   - path: The property of the artifact.
  ///   - coding: How it becomes bytes.
  ///   - default: What artifacts have that were stored before there was this model. Without it they cannot be loaded.
  public init(
    _ name: String, _ path: any KeyPath<Model, Value> & Sendable, coding: PartCoding<Value> = .json,
    default: Value? = nil
  ) {
    self.name = name
    self.path = path
    self.coding = coding
    fallback = `default`
  }

  func value(in stored: [String: Data]) throws -> Value {
    if let data = stored[name] { return try decoded(name, of: Model.self) { try coding.decode(data) } }
    if let fallback { return fallback }
    throw TadweenError(
      .corruptData,
      "\"\(name)\" of \(Model.self) is not there: it was stored before the schema named it. Give Eager(\"\(name)\", …) a default."
    )
  }
}

/// A heavy part of an artifact, loaded when it is asked for.
public struct Part<Model: Artifact, Value: Codable & Sendable>: Sendable {
  let name: String
  let path: any WritableKeyPath<Model, Lazy<Value>> & Sendable
  let coding: PartCoding<Value>

  /// - Parameters:
  ///   - name: What it is stored as.
  ///   - path: The part, with a dollar: `\.$transcript`.
  ///   - coding: How it becomes bytes.
  public init(
    _ name: String, _ path: any WritableKeyPath<Model, Lazy<Value>> & Sendable, coding: PartCoding<Value> = .json
  ) {
    self.name = name
    self.path = path
    self.coding = coding
  }
}
