/// What is said to the table of the roots with every save, put together once.
struct RootStatements: Sendable {
  let insert: String
  /// Nil where there is nothing but an id.
  let update: String?

  init(_ table: String, _ columns: [String]) {
    let places = (0...columns.count).map { "?\($0 + 1)" }
    insert = """
      INSERT INTO \(table) (\((["id"] + columns).joined(separator: ", ")))
      VALUES (\(places.joined(separator: ", "))) ON CONFLICT (id) DO NOTHING
      """
    let changes = zip(columns, places.dropFirst()).map { "\($0) = \($1)" }.joined(separator: ", ")
    update = columns.isEmpty ? nil : "UPDATE \(table) SET \(changes) WHERE id = ?1"
  }
}
