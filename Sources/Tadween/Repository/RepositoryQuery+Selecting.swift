/// Queries without a database.
extension RepositoryQuery {
  /// What is asked for, of all that there is.
  public func select(_ records: [ArtifactID: ArtifactRecord]) -> [ArtifactRecord] {
    let candidates = ids.map { ids in Set(ids).compactMap { records[$0] } } ?? Array(records.values)
    let rest = candidates.filter(filter.matches).sorted(by: precedes).dropFirst(offset)
    return Array(limit.map { rest.prefix($0) } ?? rest)
  }

  private func precedes(_ a: ArtifactRecord, _ b: ArtifactRecord) -> Bool {
    for order in order {
      let place = a.literal(of: order.column).ordered(before: b.literal(of: order.column))
      if place != 0 { return order.isDescending ? place > 0 : place < 0 }
    }
    return a.id < b.id
  }
}

extension ColumnLiteral {
  /// Where two literals stand that do not compare: nulls first, then numbers, texts, bytes.
  fileprivate func ordered(before other: ColumnLiteral) -> Int {
    compared(with: other) ?? rank - other.rank
  }

  private var rank: Int {
    switch self {
    case .null: 0
    case .integer, .real: 1
    case .text: 2
    case .bytes: 3
    }
  }
}
