#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Where artifacts are kept.
///
/// A stage's work becomes resumable with it: what is expensive is stored once, and loaded when somebody wants it. What users
/// call is in its extensions: ``save(_:)``, ``load(_:parts:)->Self.Model``, ``filter(parts:order:limit:offset:_:)`` and their like. What
/// stands here is what one who writes a repository of their own provides, in names and bytes; the contract suite in
/// `TadweenTesting` says whether it does so rightly.
///
/// Every call is whole: it is done, or nothing of it is.
public protocol Repository<Model>: Sendable {
  associatedtype Model: Artifact

  /// Stores these, all of them or none. A part that a record does not have stays as it is, and one that is absent is deleted.
  func store(_ records: [ArtifactRecord]) async throws

  /// What is asked for, in the order that is asked for, with these parts. Reads nothing of any other part.
  func records(_ query: RepositoryQuery, parts: Set<String>) async throws -> [ArtifactRecord]

  /// The ids of what is asked for, in order.
  func ids(_ query: RepositoryQuery) async throws -> [ArtifactID]

  /// How many there are.
  func count(_ filter: ArtifactFilter) async throws -> Int

  /// Which parts are there; nil where there is no such artifact.
  func presentParts(of id: ArtifactID) async throws -> Set<String>?

  /// Stores one part of an artifact that is there, or deletes it; false where there is no such artifact.
  func storePart(_ part: String, _ content: ArtifactRecord.Content, of id: ArtifactID) async throws -> Bool

  /// Stores one part of an artifact that is there, of bytes that come a piece at a time; false where there is no such
  /// artifact. The part is what it was until the last piece has come, and stays so where the source throws or the task is
  /// cancelled; other calls go on meanwhile. ``writePart(_:of:from:)`` gives pieces of ``PartBytes/pieceLength``.
  ///
  /// A repository that does not provide it collects the bytes in memory and calls ``storePart(_:_:of:)``.
  func storePart(_ part: String, from pieces: some AsyncSequence<Data, any Error> & Sendable, of id: ArtifactID)
    async throws -> Bool

  /// The bytes of one part, to be read a piece at a time; nil where there is no such artifact or it has no such part.
  /// ``PartBytes`` says what a reader may find when the part is replaced meanwhile.
  ///
  /// A repository that does not provide it loads the part as a whole and cuts it.
  func bytes(ofPart part: String, of id: ArtifactID) async throws -> PartBytes?

  /// Deletes these, with their parts. Returns how many were there.
  func remove(_ ids: [ArtifactID]) async throws -> Int
}

/// Which artifacts, in what order.
public struct RepositoryQuery: Sendable {
  /// One column to order by.
  public struct Order: Hashable, Sendable {
    public var column: String
    public var isDescending: Bool

    public init(column: String, isDescending: Bool = false) {
      self.column = column
      self.isDescending = isDescending
    }
  }

  /// Only these, where given.
  public var ids: [ArtifactID]?
  public var filter: ArtifactFilter
  /// First by the first. Nulls come before everything else, numbers before texts; what is equal is ordered by its id, by
  /// bytes.
  public var order: [Order]
  /// The greatest number; nil: all.
  public var limit: Int?
  /// How many to leave out at the beginning.
  public var offset: Int

  public init(
    ids: [ArtifactID]? = nil, _ filter: ArtifactFilter = .all, order: [Order] = [], limit: Int? = nil, offset: Int = 0
  ) {
    self.ids = ids
    self.filter = filter
    self.order = order
    self.limit = limit
    self.offset = offset
  }
}
