internal import TadweenCore

/// Results in a repository.
struct RepositoryMemos<Output: Codable & Sendable>: MemoStore {
  let repository: any Repository<Memo>
  let coding: PartCoding<Output>

  func result(_ digest: String) async throws -> (key: MemoFields, output: Output)? {
    guard let memo = try await repository.load([ArtifactID(digest)], parts: [\.$output]).first,
      let key = memo.keys.first, let data = memo.output
    else { return nil }
    return (key, try coding.decode(data))
  }

  func keys(_ lists: [String]) async throws -> [MemoFields] {
    let known = try await memos(lists)
    return lists.flatMap { known[$0]?.keys ?? [] }
  }

  func store(
    _ output: Output, _ key: MemoFields, of stage: String, as digest: String, in lists: [String]
  ) async throws {
    // Two that store at once may forget each other's key in a list; that makes an explanation poorer, and loses no result.
    let known = try await memos(lists)
    var memo = Memo(root: Memo.Root(id: try ArtifactID(digest), stage: stage, isResult: true), keys: [key])
    memo.output = try coding.encode(output)
    let remembered = try lists.map { list in
      Memo(
        root: Memo.Root(id: try ArtifactID(list), stage: stage, isResult: false),
        keys: (known[list]?.keys ?? []).remembering(key))
    }
    try await repository.save(contentsOf: [memo] + remembered)
  }

  private func memos(_ lists: [String]) async throws -> [String: Memo] {
    let memos = try await repository.load(lists.map { try ArtifactID($0) })
    return Dictionary(uniqueKeysWithValues: memos.map { ($0.id.text, $0) })
  }
}
