import Foundation
import TadweenSQLite
import TadweenTesting
import Testing

/// A folder of a test's own, which goes with it.
final class Folder: Sendable {
  let url = FileManager.default.temporaryDirectory.appending(path: "tadween-\(UUID())")
  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }
  func path(_ name: String) -> String { url.appending(path: name).path }
}

@Suite struct SQLiteRepositoryTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  @Test(arguments: RepositoryContract.Check.allCases)
  func contract(_ check: RepositoryContract.Check) async throws {
    try await RepositoryContract { try SQLiteRepository<ContractArtifact>(path: folder.path("a.sqlite")) }.verify(check)
  }
}
