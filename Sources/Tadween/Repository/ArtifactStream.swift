internal import TadweenCore

/// All artifacts that a filter means, one after the other; see ``Repository/stream(parts:order:atOnce:where:)``.
public struct ArtifactStream<Model: Artifact>: AsyncSequence, Sendable {
  public typealias Element = Model
  public typealias Failure = any Error

  fileprivate let repository: any Repository<Model>
  fileprivate let filter: ArtifactFilter
  fileprivate let order: [RepositoryQuery.Order]
  fileprivate let parts: PartSelection<Model>
  fileprivate let atOnce: Int

  public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let stream: ArtifactStream
    /// All that were there at the beginning; nil before it.
    private var ids: [ArtifactID]?
    /// How many of these were looked for.
    private var place = 0
    /// What was found and not yet given, the last first.
    private var found: [Model] = []

    fileprivate init(stream: ArtifactStream) { self.stream = stream }

    public mutating func next() async throws -> Model? {
      let ids = try await allIDs()
      while found.isEmpty, place < ids.count {
        try Task.checkCancellation()
        let wanted = ids[place...].prefix(stream.atOnce)
        var models: [ArtifactID: Model] = [:]
        let query = RepositoryQuery(ids: Array(wanted), stream.filter)
        for model in try await stream.repository.models(query, stream.parts) { models[model.id] = model }
        found = wanted.reversed().compactMap { models[$0] }
        place += wanted.count
      }
      return found.popLast()
    }

    private mutating func allIDs() async throws -> [ArtifactID] {
      if let ids { return ids }
      let ids = try await stream.repository.ids(RepositoryQuery(stream.filter, order: stream.order))
      self.ids = ids
      return ids
    }
  }
}

extension Repository {
  /// All artifacts that the filter means, one after the other, however many there are.
  ///
  /// ```swift
  /// for try await recording in recordings.stream(parts: [\.$transcript], where: { $0.status == "done" }) {
  ///   print(recording.id, recording.transcript?.words.count ?? 0)
  /// }
  /// ```
  /// Each loop lists the ids when it begins, in order, and then loads a few artifacts at a time. So whatever is saved, changed
  /// and deleted meanwhile: each artifact comes at most once; one that the filter means the whole time comes exactly once,
  /// as it is stored when its turn comes; one that was deleted, or is no longer meant, is left out; one that is new does not
  /// come. The order is that of the beginning.
  ///
  /// Cost: the memory of all the ids, some 100 bytes each, and of `atOnce` artifacts; one call of the repository for each
  /// `atOnce`.
  ///
  /// - Parameters:
  ///   - parts: The parts to be loaded with them.
  ///   - order: Columns to order by, the first first; then by id.
  ///   - atOnce: How many are loaded at once; nil: 100 without parts, and 10 with. At least 1.
  ///   - filter: Compares columns; all artifacts by default.
  /// - Returns: A sequence that throws what ``filter(parts:order:limit:offset:_:)`` does, and `CancellationError`.
  public func stream(
    parts: PartSelection<Model> = .none, order: [ArtifactOrder<Model>] = [], atOnce: Int? = nil,
    where filter: (ArtifactColumns<Model>) -> ArtifactFilter = { _ in .all }
  ) -> ArtifactStream<Model> {
    ArtifactStream(
      repository: self, filter: filter(ArtifactColumns()), order: order.map(\.order), parts: parts,
      atOnce: max(1, atOnce ?? (parts.names.isEmpty ? 100 : 10)))
  }
}
