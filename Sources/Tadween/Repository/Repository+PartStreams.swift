public import TadweenCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Parts that are never in memory as a whole: those with the coding ``PartCoding/bytes``.
extension Repository {
  /// Stores a part of bytes that come in chunks, of whatever length; touches nothing else of the artifact.
  ///
  /// ```swift
  /// try await recordings.writePart(\.$audio, of: id, from: response.body)
  /// try await recordings.writePart(\.$audio, of: id, from: PartBytes(file: "lecture.wav"))
  /// ```
  /// Whole or not at all: until the last chunk has come the part is what it was, and it stays so where the chunks throw,
  /// the task is cancelled or the process dies. A slow source holds up nobody. Of two that write one part, the last to end
  /// counts.
  ///
  /// A source that is a stream of Swift's ends in silence where its producer is let go: have it throw where it was cut.
  ///
  /// Cost: some MiB of memory, whatever the length, in files and in SQLite; the whole in a repository that does not provide
  /// ``storePart(_:from:of:)``.
  ///
  /// - Parameters:
  ///   - path: The part, with a dollar: `\.$audio`.
  ///   - id: The artifact, which has to be there.
  ///   - chunks: `Data`, `[UInt8]` or their like. None at all is a part without bytes, which is there too.
  /// - Throws: ``TadweenError``: `artifactNotFound`, where nothing is read of the source if it is known before;
  ///   `invalidArgument` where the part has another coding; `repositoryFailed`. What the chunks throw; `CancellationError`.
  public func writePart<Chunks: AsyncSequence & Sendable>(
    _ path: any WritableKeyPath<Model, Lazy<Data>> & Sendable, of id: ArtifactID, from chunks: Chunks
  ) async throws where Chunks.Element: DataProtocol {
    let part = try Model.schema.plainPart(at: path)
    guard try await presentParts(of: id) != nil, try await storePart(part, from: PartPieces(chunks: chunks), of: id)
    else { throw Self.notFound(id) }
  }

  /// A part's bytes, a piece at a time; nil where it is absent.
  ///
  /// - Parameters:
  ///   - path: The part, with a dollar: `\.$audio`.
  ///   - id: The artifact.
  /// - Throws: ``TadweenError``: `artifactNotFound`; `invalidArgument` where the part has another coding than
  ///   ``PartCoding/bytes``.
  public func readPart(
    _ path: any WritableKeyPath<Model, Lazy<Data>> & Sendable, of id: ArtifactID
  ) async throws -> PartBytes? {
    if let bytes = try await bytes(ofPart: Model.schema.plainPart(at: path), of: id) { return bytes }
    if try await presentParts(of: id) == nil { throw Self.notFound(id) }
    return nil
  }

  /// Collects them in memory.
  public func storePart(
    _ part: String, from pieces: some AsyncSequence<Data, any Error> & Sendable, of id: ArtifactID
  ) async throws -> Bool {
    var data = Data()
    for try await piece in pieces { data.append(piece) }
    return try await storePart(part, .bytes(data), of: id)
  }

  /// Loads them as a whole.
  public func bytes(ofPart part: String, of id: ArtifactID) async throws -> PartBytes? {
    let record = try await records(RepositoryQuery(ids: [id]), parts: [part]).first
    guard case .bytes(let data) = record?.parts[part] else { return nil }
    return PartBytes(data)
  }
}

extension ArtifactSchema {
  /// The name of a part whose value is what is stored of it.
  fileprivate func plainPart(at path: any WritableKeyPath<Model, Lazy<Data>> & Sendable) throws -> String {
    let part = typedPart(at: path)
    if part.coding.name == PartCoding<Data>.bytes.name { return part.name }
    throw TadweenError(
      .invalidArgument,
      "\"\(part.name)\" of \(Model.self) is coded as \(part.coding.name), and only what is coded as bytes is read and written in pieces: give it the coding .bytes, under a new name where something is stored already."
    )
  }
}

extension TadweenError {
  /// What a reader is told whose bytes are no longer there.
  public static func partChanged(_ part: String, of id: ArtifactID) -> TadweenError {
    TadweenError(
      .changedMeanwhile, "\"\(part)\" of \"\(id)\" was replaced or deleted while it was read: read it again.")
  }
}
