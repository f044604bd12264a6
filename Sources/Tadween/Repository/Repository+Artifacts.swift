internal import TadweenCore

/// Whole artifacts.
extension Repository {
  /// Stores an artifact, in place of one with the same id. A part that is not loaded stays as it is stored; one that was set
  /// to nil is deleted.
  ///
  /// - Throws: ``TadweenError``: `invalidArgument` where root and schema do not fit, `repositoryFailed` where something could
  ///   not be encoded or written. Nothing was stored then.
  public func save(_ model: Model) async throws { try await save(contentsOf: CollectionOfOne(model)) }

  /// Stores many at once, all or none: much faster than one by one where a repository makes each save durable.
  public func save(contentsOf models: some Sequence<Model>) async throws {
    let schema = Model.schema
    try await store(models.map { try schema.record(of: $0) })
  }

  /// The artifact, with these parts.
  ///
  /// - Throws: ``TadweenError``: `artifactNotFound`; `corruptData` where what is stored cannot be decoded.
  public func load(_ id: ArtifactID, parts: PartSelection<Model> = .none) async throws -> Model {
    guard let model = try await load([id], parts: parts).first else { throw Self.notFound(id) }
    return model
  }

  /// Those of these that are there, in the order of their ids.
  public func load(_ ids: [ArtifactID], parts: PartSelection<Model> = .none) async throws -> [Model] {
    try await models(RepositoryQuery(ids: ids), parts)
  }

  /// The artifacts that the filter means.
  ///
  /// - Parameters:
  ///   - parts: The parts to be loaded with them.
  ///   - order: Columns to order by, the first first; then by id.
  ///   - limit: The greatest number; nil: all.
  ///   - offset: How many to leave out at the beginning.
  ///   - filter: Compares columns; all artifacts by default.
  public func filter(
    parts: PartSelection<Model> = .none, order: [ArtifactOrder<Model>] = [], limit: Int? = nil, offset: Int = 0,
    _ filter: (ArtifactColumns<Model>) -> ArtifactFilter = { _ in .all }
  ) async throws -> [Model] {
    let query = RepositoryQuery(
      filter(ArtifactColumns()), order: order.map(\.order), limit: limit.map { max(0, $0) }, offset: max(0, offset))
    return try await models(query, parts)
  }

  func models(_ query: RepositoryQuery, _ parts: PartSelection<Model>) async throws -> [Model] {
    let schema = Model.schema
    return try await records(query, parts: parts.names).map { record in
      do { return try schema.model(from: record) } catch let error as TadweenError {
        throw TadweenError(
          error.code, "The artifact \"\(record.id)\" cannot be loaded. \(error.message)", underlying: error)
      }
    }
  }

  /// The ids of all that the filter means, in order.
  public func ids(where filter: (ArtifactColumns<Model>) -> ArtifactFilter = { _ in .all }) async throws -> [ArtifactID]
  {
    try await ids(RepositoryQuery(filter(ArtifactColumns())))
  }

  public func count(where filter: (ArtifactColumns<Model>) -> ArtifactFilter = { _ in .all }) async throws -> Int {
    try await count(filter(ArtifactColumns()))
  }

  public func exists(_ id: ArtifactID) async throws -> Bool { try await presentParts(of: id) != nil }

  /// Deletes the artifact with its parts; false where there was none.
  @discardableResult
  public func delete(_ id: ArtifactID) async throws -> Bool { try await remove([id]) == 1 }

  static func notFound(_ id: ArtifactID) -> TadweenError {
    TadweenError(.artifactNotFound, "There is no \(Model.self) with the id \"\(id)\" in the repository.")
  }
}

/// A column to order by: `.by(\.duration, descending: true)`.
public struct ArtifactOrder<Model: Artifact>: Sendable {
  let order: RepositoryQuery.Order

  public static func by(
    _ path: any PartialKeyPath<Model.Root> & Sendable, descending: Bool = false
  ) -> Self {
    Self(order: RepositoryQuery.Order(column: Model.schema.name(of: path), isDescending: descending))
  }
}
