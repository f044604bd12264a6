public import TadweenCore

/// Artifacts kept in this process, for tests and for what need not last. It does not survive the process.
///
/// Everything is encoded as any other repository would, so that what passes here passes elsewhere. A filter looks at every
/// artifact.
public final class InMemoryRepository<Model: Artifact>: Repository {
  private let stored = Locked<[ArtifactID: ArtifactRecord]>([:])

  /// - Throws: ``TadweenError`` with the code `invalidArgument` where the schema of `Model` cannot be used; it says all that
  ///   is wrong with it.
  public init() throws(TadweenError) { try Model.schema.check() }

  public func store(_ records: [ArtifactRecord]) async throws {
    stored.withLock { stored in
      for record in records { stored[record.id] = record.saved(over: stored[record.id]) }
    }
  }

  public func records(_ query: RepositoryQuery, parts: Set<String>) async throws -> [ArtifactRecord] {
    query.select(stored.withLock { $0 }).map { $0.showing(parts) }
  }

  public func ids(_ query: RepositoryQuery) async throws -> [ArtifactID] {
    query.select(stored.withLock { $0 }).map(\.id)
  }

  public func count(_ filter: ArtifactFilter) async throws -> Int {
    stored.withLock { $0 }.values.count(where: filter.matches)
  }

  public func presentParts(of id: ArtifactID) async throws -> Set<String>? {
    stored.withLock { $0[id] }.map { Set($0.parts.keys) }
  }

  public func storePart(_ part: String, _ content: ArtifactRecord.Content, of id: ArtifactID) async throws -> Bool {
    stored.withLock { stored in
      if stored[id] == nil { return false }
      stored[id]?.parts[part] = content == .absent ? nil : content
      return true
    }
  }

  public func remove(_ ids: [ArtifactID]) async throws -> Int {
    stored.withLock { stored in ids.count { stored.removeValue(forKey: $0) != nil } }
  }
}
