internal import TadweenCore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A ``Column`` of whatever type.
struct AnyColumn<Model: Artifact>: Sendable {
  let name: String
  let type: ColumnType
  let isIndexed: Bool
  let fallback: ColumnLiteral?
  let path: any AnyKeyPath & Sendable

  init<Value>(_ column: Column<Model, Value>) {
    (name, type, isIndexed) = (column.name, Value.columnType, column.isIndexed)
    (fallback, path) = (column.fallback, column.path)
  }
}

/// An ``Eager`` model of whatever type.
struct AnyEager<Model: Artifact>: Sendable {
  let name: String
  let coding: String
  let encode: @Sendable (Model) throws -> Data

  init<Value>(_ eager: Eager<Model, Value>) {
    (name, coding) = (eager.name, eager.coding.name)
    encode = { model in try encoded(eager.name, of: Model.self) { try eager.coding.encode(model[keyPath: eager.path]) }
    }
  }
}

/// A ``Part`` of whatever type.
struct AnyPart<Model: Artifact>: Sendable {
  let name: String
  let coding: String
  let path: any AnyKeyPath & Sendable
  /// The ``Part`` itself.
  private let typed: any Sendable
  /// Nil: not loaded.
  let encode: @Sendable (Model) throws -> ArtifactRecord.Content?
  let decode: @Sendable (ArtifactRecord.Content, inout Model) throws -> Void

  init<Value>(_ part: Part<Model, Value>) {
    (name, coding, path, typed) = (part.name, part.coding.name, part.path, part)
    encode = { model in
      let lazy = model[keyPath: part.path]
      return lazy.isLoaded ? try part.content(of: lazy.wrappedValue) : nil
    }
    decode = { content, model in model[keyPath: part.path] = Lazy(wrappedValue: try part.value(of: content)) }
  }

  /// As the part that it was made of; nil where its values are others.
  func part<Value>(of type: Value.Type) -> Part<Model, Value>? { typed as? Part<Model, Value> }
}

extension Part {
  func content(of value: Value?) throws -> ArtifactRecord.Content {
    guard let value else { return .absent }
    return .bytes(try encoded(name, of: Model.self) { try coding.encode(value) })
  }

  func value(of content: ArtifactRecord.Content) throws -> Value? {
    guard case .bytes(let data) = content else { return nil }
    return try decoded(name, of: Model.self) { try coding.decode(data) }
  }
}

/// What a coding of a part throws, with the part's name.
func encoded<Result>(_ name: String, of model: Any.Type, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch {
    throw TadweenError(
      .repositoryFailed, "\"\(name)\" of \(model) cannot be encoded, so nothing was saved: \(error)", underlying: error)
  }
}

func decoded<Result>(_ name: String, of model: Any.Type, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch {
    throw TadweenError(
      .corruptData,
      "\"\(name)\" of \(model) cannot be decoded: what is stored is no such value. Save it anew, or delete it. \(error)",
      underlying: error)
  }
}
