internal import TadweenCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Artifacts in files: a folder an artifact, a file a part.
///
/// ```swift
/// let recordings = try FileRepository<Recording>(folder: "recordings")
/// ```
/// For heavy parts that other programs are to read, and where no database is wanted. A save is whole or not at all, and on the
/// disk when it returns. One that throws was not done, unless the system failed at the very end: then it may be, and that of
/// several artifacts is completed by the next call. A filter reads the manifest of every artifact; where there are many,
/// SQLite is faster.
///
/// One repository at a time has the folder; the system frees it when the process dies. Files are read and written on a thread
/// of its own, one call after the other.
public final class FileRepository<Model: Artifact>: Repository {
  private let files: ArtifactFiles
  private let lock: FolderLock
  private let queue = ThreadTaskQueue(workers: 1)

  /// Opens the folder, and makes it where there is none; the folder that it is in has to be there.
  ///
  /// - Throws: ``TadweenError``: `invalidArgument` where the schema cannot be used; `repositoryFailed` where the folder cannot
  ///   be made or written to, or another repository has it.
  public convenience init(folder: String) throws { try self.init(folder: folder, system: DiskFileSystem()) }

  init(folder: String, system: some FileSystem) throws {
    try Model.schema.check()
    // With a slash at its end a path would name a folder's parent wrongly.
    let folder = folder.count > 1 && folder.last == "/" ? String(folder.dropLast()) : folder
    files = ArtifactFiles(root: folder, system: system, layout: Model.schema.layout)
    lock = try naming(folder) { [files] in
      try files.makeRoot()
      let lock = try FolderLock(folder)
      try files.settle()
      files.removeDrafts()
      return lock
    }
    try queue.start()
  }

  public func store(_ records: [ArtifactRecord]) async throws { try await perform { try $0.store(records) } }

  public func records(_ query: RepositoryQuery, parts: Set<String>) async throws -> [ArtifactRecord] {
    try await perform { try $0.records(query, parts: parts) }
  }

  public func ids(_ query: RepositoryQuery) async throws -> [ArtifactID] {
    try await perform { try $0.records(query, parts: []).map(\.id) }
  }

  public func count(_ filter: ArtifactFilter) async throws -> Int {
    try await perform { try $0.records(RepositoryQuery(filter), parts: []).count }
  }

  public func presentParts(of id: ArtifactID) async throws -> Set<String>? {
    try await perform { try $0.presentParts(of: id) }
  }

  public func storePart(_ part: String, _ content: ArtifactRecord.Content, of id: ArtifactID) async throws -> Bool {
    try await perform { try $0.storePart(part, content, of: id) }
  }

  public func storePart(
    _ part: String, from pieces: some AsyncSequence<Data, any Error> & Sendable, of id: ArtifactID
  ) async throws -> Bool {
    let draft = try await perform { try $0.beginPart(part) }
    do {
      for try await piece in pieces { try await perform { _ in try draft.file.append(piece) } }
      return try await perform { try $0.storePart(part, draft, of: id) }
    } catch {
      try? await perform { try $0.remove(draft) }
      throw error
    }
  }

  public func bytes(ofPart part: String, of id: ArtifactID) async throws -> PartBytes? {
    guard let file = try await perform({ try $0.openPart(part, of: id) }) else { return nil }
    // The folder is not held by those who read what was in it.
    return PartBytes(file) { [queue, files] read in try await Self.perform(on: queue, files.root, read) }
  }

  public func remove(_ ids: [ArtifactID]) async throws -> Int { try await perform { try $0.remove(ids) } }

  private func perform<Result: Sendable>(
    _ body: @Sendable (ArtifactFiles) throws -> Result
  ) async throws -> Result {
    try await Self.perform(on: queue, files.root) { [files] in try body(files) }
  }

  private static func perform<Result: Sendable>(
    on queue: ThreadTaskQueue, _ folder: String, _ body: @Sendable () throws -> Result
  ) async throws -> Result {
    try await withTaskExecutorPreference(queue.executor(ofWorker: 0)) { @concurrent in try naming(folder, body) }
  }
}

/// What the system says of a file becomes a sentence that names the folder.
private func naming<Result>(_ folder: String, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as FileError {
    throw TadweenError(
      .repositoryFailed, "The repository in \"\(folder)\" cannot be used: \(error).", underlying: error)
  }
}
