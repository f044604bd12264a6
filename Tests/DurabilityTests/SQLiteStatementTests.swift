import DurabilityTesting
import Tadween
import TadweenSQLite
import Testing

/// What is said to the database.
@Suite struct SQLiteStatementTests {
  @Test("a hundred roots without parts are read by one statement, which touches no table of parts")
  func rootsAlone() async throws {
    let folder = try Folder()
    let statements = Locked<[String]>([])
    var options = SQLiteOptions(synchronous: .off)
    options.onStatement = { statement in statements.withLock { $0.append(statement) } }
    let store = try SQLiteRepository<Paired>(path: folder.path("a.sqlite"), options: options)
    let ids = try (0..<100).map { try ArtifactID("\($0)") }
    try await store.save(contentsOf: ids.map { Paired($0, 1, size: 10) })
    let parts = ["left", "right", "note"].map { "\"Paired.\($0)\"" }
    func asked(_ body: () async throws -> Void) async throws -> [String] {
      statements.withLock { $0 = [] }
      try await body()
      return statements.withLock { $0 }.filter { $0.contains("Paired") }
    }
    let reads: [(String, () async throws -> Int)] = [
      ("filter", { try await store.filter { $0.generation == 1 }.count }),
      ("load", { try await store.load(ids).count }),
      ("ids", { try await store.ids().count }),
      ("count", { try await store.count() }),
    ]
    for (what, read) in reads {
      var count = 0
      let seen = try await asked { count = try await read() }
      #expect(count == 100)
      #expect(
        seen.count == 1 && !seen.contains { statement in parts.contains(where: statement.contains) }, "\(what): \(seen)"
      )
    }
    // The trace sees them where they are asked for.
    let seen = try await asked { _ = try await store.filter(parts: [\.$left]) }
    #expect(seen.contains { $0.contains(parts[0]) } && !seen.contains { $0.contains(parts[1]) })
  }
}
