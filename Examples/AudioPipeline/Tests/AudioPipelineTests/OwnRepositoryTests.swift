import Foundation
import Tadween
import TadweenTesting
import Testing

/// A repository of one's own: all artifacts in one property list, which is replaced at every change. What one has to
/// provide deals in names and bytes; queries that no database answers are answered by `RepositoryQuery.select`.
actor ListRepository<Model: Artifact>: Repository {
  private let file: URL
  private var records: [ArtifactID: ArtifactRecord] = [:]

  init(file: URL) throws {
    try Model.schema.check()
    self.file = file
    guard let data = try? Data(contentsOf: file) else { return }
    for record in try PropertyListDecoder().decode([ArtifactRecord].self, from: data) { records[record.id] = record }
  }

  func store(_ records: [ArtifactRecord]) throws {
    try change { stored in for record in records { stored[record.id] = record.saved(over: stored[record.id]) } }
  }

  func records(_ query: RepositoryQuery, parts: Set<String>) -> [ArtifactRecord] {
    query.select(records).map { $0.showing(parts) }
  }

  func ids(_ query: RepositoryQuery) -> [ArtifactID] { query.select(records).map(\.id) }

  func count(_ filter: ArtifactFilter) -> Int { records.values.count(where: filter.matches) }

  func presentParts(of id: ArtifactID) -> Set<String>? { records[id].map { Set($0.parts.keys) } }

  func storePart(_ part: String, _ content: ArtifactRecord.Content, of id: ArtifactID) throws -> Bool {
    if records[id] == nil { return false }
    try change { $0[id]?.parts[part] = content == .absent ? nil : content }
    return true
  }

  func remove(_ ids: [ArtifactID]) throws -> Int {
    let known = Set(ids).filter { records[$0] != nil }
    try change { stored in for id in known { stored[id] = nil } }
    return known.count
  }

  /// A change counts once it is written; one that cannot be is not made.
  private func change(_ body: (inout [ArtifactID: ArtifactRecord]) -> Void) throws {
    var changed = records
    body(&changed)
    try PropertyListEncoder().encode(Array(changed.values)).write(to: file, options: .atomic)
    records = changed
  }
}

@Suite struct OwnRepositoryTests {
  let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).plist")

  @Test(arguments: RepositoryContract.Check.allCases)
  func keepsItsPromise(_ check: RepositoryContract.Check) async throws {
    defer { try? FileManager.default.removeItem(at: file) }
    try await RepositoryContract { try ListRepository<ContractArtifact>(file: file) }.verify(check)
  }

  @Test func outlivesItsProcess() async throws {
    defer { try? FileManager.default.removeItem(at: file) }
    let id: ArtifactID = "a"
    try await ListRepository<Note>(file: file).save(Note(root: Note.Root(id: id, title: "kept")))
    #expect(try await ListRepository<Note>(file: file).load(id).root.title == "kept")
  }

  struct Note: Artifact {
    struct Root: ArtifactRoot { var id: ArtifactID; var title: String }
    var root: Root
    static let schema = ArtifactSchema<Note>({ Note(root: $0) }) { Column("title", \.title) }
  }
}
