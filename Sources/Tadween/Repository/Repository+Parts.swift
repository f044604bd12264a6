internal import TadweenCore

/// One part of an artifact at a time.
extension Repository {
  /// Stores a part, or deletes it where the value is nil; touches nothing else of the artifact.
  ///
  /// - Throws: ``TadweenError``: `artifactNotFound` where there is no artifact to which it could belong.
  public func savePart<Value>(
    _ path: any WritableKeyPath<Model, Lazy<Value>> & Sendable, _ value: Value?, of id: ArtifactID
  ) async throws {
    let part = Model.schema.typedPart(at: path)
    guard try await storePart(part.name, try part.content(of: value), of: id) else { throw Self.notFound(id) }
  }

  /// A part alone; nil where it is absent.
  ///
  /// - Throws: ``TadweenError``: `artifactNotFound`; `corruptData` where what is stored cannot be decoded.
  public func loadPart<Value>(
    _ path: any WritableKeyPath<Model, Lazy<Value>> & Sendable, of id: ArtifactID
  ) async throws -> Value? {
    let part = Model.schema.typedPart(at: path)
    guard let record = try await records(RepositoryQuery(ids: [id]), parts: [part.name]).first else {
      throw Self.notFound(id)
    }
    return try part.value(of: record.parts[part.name] ?? .absent)
  }

  /// Deletes a part; nothing else of the artifact is touched.
  public func deletePart<Value>(
    _ path: any WritableKeyPath<Model, Lazy<Value>> & Sendable, of id: ArtifactID
  ) async throws { try await savePart(path, nil, of: id) }

  /// Whether the artifact is there and has the part.
  public func has(_ path: any PartialKeyPath<Model> & Sendable, of id: ArtifactID) async throws -> Bool {
    try await presentParts(of: id)?.contains(Model.schema.part(at: path).name) ?? false
  }
}
