/// Filtering without a database.
extension ArtifactFilter {
  /// Whether the record is meant. Costs a step a comparison.
  public func matches(_ record: ArtifactRecord) -> Bool {
    switch self {
    case .all: true
    case .compare(let column, let comparison, let literal):
      record.literal(of: column).compared(with: literal).map(comparison.holds) ?? false
    case .isNull(let column): record.literal(of: column) == .null
    case .among(let column, let literals):
      literals.contains { record.literal(of: column).compared(with: $0) == 0 }
    case .hasPrefix(let column, let prefix):
      if case .text(let text) = record.literal(of: column) { text.utf8.starts(with: prefix.utf8) } else { false }
    case .not(let filter): !filter.matches(record)
    case .and(let a, let b): a.matches(record) && b.matches(record)
    case .or(let a, let b): a.matches(record) || b.matches(record)
    }
  }
}

extension ArtifactFilter.Comparison {
  fileprivate func holds(_ order: Int) -> Bool {
    switch self {
    case .equal: order == 0
    case .less: order < 0
    case .lessOrEqual: order <= 0
    case .greater: order > 0
    case .greaterOrEqual: order >= 0
    }
  }
}

extension ArtifactRecord {
  func literal(of column: String) -> ColumnLiteral { column == "id" ? id.columnLiteral : columns[column] ?? .null }
}

extension ColumnLiteral {
  /// Below, at or above nought, as it is less than the other, equal or greater; nil where the two do not compare.
  func compared(with other: ColumnLiteral) -> Int? {
    switch (self, other) {
    case (.integer(let a), .integer(let b)): Self.order(a, b)
    case (.real(let a), .real(let b)): Self.order(a, b)
    case (.integer(let a), .real(let b)): Self.order(Double(a), b)
    case (.real(let a), .integer(let b)): Self.order(a, Double(b))
    case (.text(let a), .text(let b)): Self.order(a.utf8, b.utf8)
    case (.bytes(let a), .bytes(let b)): Self.order(a, b)
    default: nil
    }
  }

  private static func order<Value: Comparable>(_ a: Value, _ b: Value) -> Int { a < b ? -1 : a > b ? 1 : 0 }

  private static func order(_ a: some Sequence<UInt8>, _ b: some Sequence<UInt8>) -> Int {
    a.elementsEqual(b) ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
  }
}
