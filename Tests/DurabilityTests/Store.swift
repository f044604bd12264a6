import DurabilityTesting
import Foundation
import Tadween
import TadweenSQLite
import Testing

/// The repositories that outlive their process.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
  case files, sqlite

  var testDescription: String { rawValue }

  /// Where one is, in a folder.
  func path(in folder: String) -> String { "\(folder)/\(self == .files ? "artifacts" : "artifacts.sqlite")" }

  func open(in folder: String) throws -> any Repository<Paired> {
    let path = path(in: folder)
    return self == .files ? try FileRepository<Paired>(folder: path) : try SQLiteRepository<Paired>(path: path)
  }
}

extension Repository<Paired> {
  /// What is wrong with any artifact.
  func problems() async throws -> [String] { try await filter(parts: .all).compactMap(\.problem) }
}

/// How much of a test is done, which an environment variable may say.
func amount(_ variable: String, otherwise: Int) -> Int {
  ProcessInfo.processInfo.environment[variable].flatMap(Int.init) ?? otherwise
}
