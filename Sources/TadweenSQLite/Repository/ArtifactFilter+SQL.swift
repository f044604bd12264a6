internal import Foundation
internal import GRDB
internal import Tadween

/// A filter as SQL.
///
/// SQL has a third truth, and a filter two: what is unknown becomes false where it is negated, and need not where it is not,
/// so that an index serves.
extension ArtifactFilter {
  func sql(_ arguments: inout [DatabaseValue]) -> String {
    func bind(_ literal: ColumnLiteral) -> String {
      let value = SQLValue(literal)
      arguments.append(value.value)
      return value.placeholder
    }
    switch self {
    case .all: return "(1)"
    case .compare(let column, let comparison, let literal):
      return "(\"\(column)\" \(comparison.sql) \(bind(literal)))"
    case .isNull(let column): return "(\"\(column)\" IS NULL)"
    case .among(let column, let literals): return "(\"\(column)\" IN (\(literals.map(bind).joined(separator: ", "))))"
    case .hasPrefix(let column, let prefix):
      // Bytes, for the length of a text counts characters.
      let bytes = Data(prefix.utf8)
      let content = "CAST(\"\(column)\" AS BLOB)"
      return bytes.isEmpty
        ? "(\"\(column)\" IS NOT NULL)" : "(substr(\(content), 1, \(bytes.count)) = \(bind(.bytes(bytes))))"
    case .not(let filter): return "(\(filter.sql(&arguments)) IS NOT TRUE)"
    case .and(let a, let b): return "(\(a.sql(&arguments)) AND \(b.sql(&arguments)))"
    case .or(let a, let b): return "(\(a.sql(&arguments)) OR \(b.sql(&arguments)))"
    }
  }
}

extension ArtifactFilter.Comparison {
  fileprivate var sql: String {
    switch self {
    case .equal: "="
    case .less: "<"
    case .lessOrEqual: "<="
    case .greater: ">"
    case .greaterOrEqual: ">="
    }
  }
}
