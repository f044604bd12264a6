import DurabilityTesting
import Foundation
import Tadween
import TadweenSQLite
import Testing

/// What may be read and not written.
@Suite struct ReadOnlyTests {
  @Test(
    .enabled(
      if: Mount.isPermitted, "no file system may be mounted here; the rights of a folder stand for it, in the next test"
    ),
    arguments: StoreKind.allCases)
  func aFileSystemThatIsReadOnlyIsNamed(_ kind: StoreKind) async throws {
    let mount = try Mount(size: "4m")
    // By a program that has ended, for nothing may be open when the file system is closed to writers.
    let (lines, _) = try await SaveLoopProgram.run(kind, kind.path(in: mount.path), "nobody")
    #expect(lines == ["a 1"])
    try mount.setReadOnly(true)
    let error = try await tadweenError { try await kind.open(in: mount.path).save(Paired("a", 2, size: 1000)) }
    #expect(error.code == .repositoryFailed && error.message.contains(kind.path(in: mount.path)), "\(error)")
    #expect(
      error.message.contains(
        kind == .files ? "the file system is read-only" : "see the rights of the file and of its folder")
        || error.message.contains("see whether its folder is there, and the rights of both"), "\(error)")
    try mount.setReadOnly(false)
    let store = try kind.open(in: mount.path)
    #expect(try await store.load("a", parts: .all).root.generation == 1)
    try await store.save(Paired("a", 2, size: 1000))
    #expect(try await store.problems() == [])
  }

  /// In a process without the rights of root, which no folder binds.
  @Test(arguments: StoreKind.allCases)
  func aFolderThatMayNotBeWrittenIsNamed(_ kind: StoreKind) async throws {
    let folder = try Folder()
    try await kind.open(in: folder.url.path).save(Paired("a", 7, size: 1000))
    let all = try [folder.url.path] + FileManager.default.subpathsOfDirectory(atPath: folder.url.path).map(folder.path)
    func setRights(_ isWritable: Bool) throws {
      for path in all {
        let rights =
          (try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType == .typeDirectory
            ? 0o555 : 0o444) | (isWritable ? 0o200 : 0)
        try FileManager.default.setAttributes([.posixPermissions: rights], ofItemAtPath: path)
      }
    }
    try setRights(false)
    defer { try? setRights(true) }
    let (lines, _) = try await SaveLoopProgram.run(kind, kind.path(in: folder.url.path), "nobody")
    let said = lines.joined(separator: " ")
    #expect(said.contains("\"\(kind.path(in: folder.url.path))\" cannot be used"), "\(said)")
    #expect(said.contains(kind == .files ? "permission denied" : "the rights of"), "\(said)")
    try setRights(true)
    let left = try await kind.open(in: folder.url.path).load("a", parts: .all)
    #expect(left.problem == nil && left.root.generation == 7)
  }
}

/// What is stored was changed by somebody else.
@Suite struct DamageTests {
  @Test(arguments: StoreKind.allCases)
  func aPartThatCannotBeDecodedIsNamedAndTheRestIsRead(_ kind: StoreKind) async throws {
    struct Typed: Artifact {
      struct Root: ArtifactRoot { var id: ArtifactID }
      var root: Root
      @Lazy var words: [String]?
      static let schema = ArtifactSchema<Typed>({ Typed(root: $0) }) { Part("words", \.$words) }
    }
    let folder = try Folder()
    let path = kind.path(in: folder.url.path)
    let store: any Repository<Typed> =
      kind == .files ? try FileRepository(folder: path) : try SQLiteRepository(path: path)
    try await store.save(contentsOf: ["a", "b"].map { Typed(root: .init(id: $0)) })
    _ = try await store.storePart("words", .bytes(Data("[\"cut".utf8)), of: "a")
    try await store.savePart(\.$words, ["whole"], of: "b")
    let error = try await tadweenError { _ = try await store.loadPart(\.$words, of: "a") }
    #expect(error.code == .corruptData && error.message.contains("\"words\""), "\(error)")
    let other = try await tadweenError { _ = try await store.load("a", parts: .all) }
    #expect(
      other.code == .corruptData && other.message.contains("\"a\"") && other.message.contains("\"words\""), "\(other)")
    #expect(try await store.load("a").root.id == "a")
    #expect(try await store.loadPart(\.$words, of: "b") == ["whole"])
    try await store.savePart(\.$words, ["mended"], of: "a")
    #expect(try await store.loadPart(\.$words, of: "a") == ["mended"])
  }
}
