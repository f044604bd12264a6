#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What is in an artifact's folder: its columns and eager models, and which file each part is in. The one file that is
/// replaced: an artifact is what its manifest says, so that a save is done at once or not at all.
struct Manifest: Codable {
  static let name = "artifact.json"
  static let version = 1

  struct Part: Codable, Equatable {
    var file: String
    var coding: String
  }

  private(set) var version = Self.version
  var columns: [String: StoredLiteral]
  var eager: [String: Data]
  var parts: [String: Part]
}

/// A literal as JSON keeps it: with its type, and reals as text, for JSON has no infinity.
enum StoredLiteral: Codable {
  case integer(Int64)
  case real(String)
  case text(String)
  case bytes(Data)

  init?(_ literal: ColumnLiteral) {
    switch literal {
    case .null: return nil
    case .integer(let value): self = .integer(value)
    case .real(let value): self = .real("\(value)")
    case .text(let value): self = .text(value)
    case .bytes(let value): self = .bytes(value)
    }
  }

  var literal: ColumnLiteral {
    switch self {
    case .integer(let value): .integer(value)
    case .real(let value): Double(value).map(ColumnLiteral.real) ?? .text(value)
    case .text(let value): .text(value)
    case .bytes(let value): .bytes(value)
    }
  }
}
