import Foundation
import Tadween
import TadweenSQLite

/// Where recordings are kept: in a SQLite database, in a folder of files, or for as long as the program runs.
enum RecordingStore {
  /// - Parameter path: A database where it ends in `.sqlite` or `.db`, a folder otherwise; nil: in memory.
  static func open(_ path: String?) throws -> any Repository<StoredRecording> {
    guard let path else { return try InMemoryRepository() }
    switch URL(filePath: path).pathExtension.lowercased() {
    case "sqlite", "db": return try SQLiteRepository(path: path)
    default: return try FileRepository(folder: path)
    }
  }
}

extension RecordingStore {
  /// What keeps the runs that are under way, in a file of its own beside the store, so that a program that was killed goes on
  /// where it was; nil where nothing is kept.
  static func broker(_ path: String?) -> SQLiteBroker? {
    path.map { SQLiteBroker(path: URL(filePath: $0).deletingPathExtension().path + ".runs.sqlite") }
  }
}

/// One of the two branches that a recording goes through.
enum Branch: String, CaseIterable {
  case transcribe, profile
}

extension Repository<StoredRecording> {
  /// Forgets what a branch has found out, so that it is found out again.
  func forget(_ branch: Branch, of recordings: [Recording]) async throws {
    for known in try await load(recordings.map(\.id)) {
      switch branch {
      case .transcribe: try await deletePart(\.$words, of: known.id)
      case .profile: try await deletePart(\.$profile, of: known.id)
      }
    }
  }

  /// How many of these have a transcript.
  func transcribed(_ recordings: [Recording]) async throws -> Int {
    try await load(recordings.map(\.id), parts: [\.$words]).count { $0.words != nil }
  }
}
