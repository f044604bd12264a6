import Foundation
import TadweenTesting
import Testing

@testable import Tadween

@Suite struct FileRepositoryTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: "tadween-files-\(UUID())")

  private func inFolder(_ body: (String) async throws -> Void) async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
  }

  @Test(arguments: RepositoryContract.Check.allCases)
  func contract(_ check: RepositoryContract.Check) async throws {
    try await inFolder { folder in
      try await RepositoryContract { try FileRepository<ContractArtifact>(folder: folder) }.verify(check)
    }
  }

  /// Trap 10: an id with a slash or dots that writes outside its folder.
  @Test("trap 10: no id leaves the folder, and no two ids share one")
  func idsStayInside() throws {
    let texts = [
      "..", ".", "../x", "/etc/passwd", "a/../..", "CON", "con.txt", "a.", ".a", "A", "a", "%41", "@lock", "x+",
    ]
    let names = try texts.map { ArtifactFolder.names(of: try ArtifactID($0)) }
    for (text, names) in zip(texts, names) {
      for name in names {
        #expect(!name.contains("/") && name != "." && name != ".." && !name.hasPrefix("@") && !name.isEmpty)
        #expect(name == name.lowercased() && name.utf8.count <= 201)
      }
      #expect(ArtifactFolder.id(of: names)?.text == text)
    }
    #expect(Set(names).count == texts.count)
    #expect(ArtifactFolder.names(of: "con") == ["%63on"] && ArtifactFolder.names(of: "a.b") == ["a.b"])
  }

  @Test func itIsThereWhenTheFolderIsOpenedAgain() async throws {
    try await inFolder { folder in
      var recording = Recording(root: .init(id: "../a", duration: .infinity, speaker: "a\0b"))
      recording.loudness = [0.5]
      try await FileRepository<Recording>(folder: folder).save(recording)
      let seen = try await FileRepository<Recording>(folder: folder).load("../a", parts: .all)
      #expect(seen.root == recording.root && seen.loudness == [0.5] && seen.$transcript.state == .absent)
    }
  }

  @Test func oneRepositoryAtATimeHasTheFolder() async throws {
    try await inFolder { folder in
      let first = try FileRepository<Recording>(folder: folder)
      let error = try #require(throws: TadweenError.self) { try FileRepository<Recording>(folder: folder) }
      #expect(error.code == .repositoryFailed && error.message.contains("is in use by another"), "\(error)")
      #expect(try await first.count() == 0)
    }
  }

  @Test func whatIsWrongWithTheFolderIsSaid() async throws {
    let missing = folder.path + "/none/deeper"
    let error = try #require(throws: TadweenError.self) { try FileRepository<Recording>(folder: missing) }
    #expect(
      error.code == .repositoryFailed && error.message.contains("could not be made: its folder does not exist"),
      "\(error)")
    try await inFolder { folder in
      let recordings = try FileRepository<Recording>(folder: folder)
      try await recordings.save(Recording(root: .init(id: "a")))
      try Data("{".utf8).write(to: URL(filePath: folder + "/a/artifact.json"))
      let error = try await tadweenError { _ = try await recordings.load("a") }
      #expect(
        error.code == .corruptData && error.message.contains("/a/artifact.json\" was not written by a repository"),
        "\(error)")
    }
  }

  /// What blocks does so on a thread of its own, and takes none from the pool.
  @Test func filesAreReadAndWrittenOnOneThread() async throws {
    @Sendable func thread() -> UInt { UInt(pthread_self()) }
    try await inFolder { folder in
      let (asked, pool) = (Locked<Set<UInt>>([]), Locked<Set<UInt>>([]))
      let system = HookedFileSystem { _ in asked.withLock { _ = $0.insert(thread()) } }
      let recordings = try FileRepository<Recording>(folder: folder, system: system)
      asked.withLock { $0 = [] }
      try await withThrowingTaskGroup { group in
        for number in 0..<64 {
          group.addTask {
            pool.withLock { _ = $0.insert(thread()) }
            try await recordings.save(Recording(root: .init(id: "a", plays: number)))
            pool.withLock { _ = $0.insert(thread()) }
          }
        }
        try await group.waitForAll()
      }
      let threads = asked.withLock { $0 }
      #expect(threads.count == 1 && threads.isDisjoint(with: pool.withLock { $0 }))
    }
  }

  @Test func whatCannotBeTidiedAwayFailsNoSave() async throws {
    try await inFolder { folder in
      let system = HookedFileSystem { operation in
        if operation == "remove" { throw FileError(operation: "removed", path: folder, reason: "permission denied") }
      }
      let recordings = try FileRepository<Recording>(folder: folder, system: system)
      var recording = Recording(root: .init(id: "a"))
      for number in 0..<3 {
        recording.loudness = [Double(number)]
        try await recordings.save(recording)
      }
      #expect(try await recordings.loadPart(\.$loudness, of: "a") == [2])
    }
  }

  @Test func whatTheSystemRefusesIsSaid() async throws {
    try await inFolder { folder in
      let system = HookedFileSystem { operation in
        if operation == "write" { throw FileError(operation: "written", path: folder, reason: "no space is left") }
      }
      let recordings = try FileRepository<Recording>(folder: folder, system: system)
      let error = try await tadweenError { try await recordings.save(Recording(root: .init(id: "a"))) }
      #expect(
        error.code == .repositoryFailed && error.message.contains("could not be written: no space is left"), "\(error)")
      #expect(try await recordings.count() == 0)
    }
  }

  /// A disk that is full would stay so.
  @Test func whatARefusedSaveWroteIsRemoved() async throws {
    try await inFolder { folder in
      let writes = Locked(0)
      let system = HookedFileSystem { operation in
        let isSecond = writes.withLock { writes in
          writes += operation == "write" ? 1 : 0
          return operation == "write" && writes == 2
        }
        if isSecond { throw FileError(operation: "written", path: folder, reason: "no space is left") }
      }
      let recordings = try FileRepository<Recording>(folder: folder, system: system)
      var recording = Recording(root: .init(id: "a"))
      recording.loudness = [1]
      recording.transcript = .init(words: ["a"])
      _ = try await tadweenError { try await recordings.save(recording) }
      #expect(try FileManager.default.subpathsOfDirectory(atPath: folder) == ["@lock"])
      try await recordings.save(recording)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/a").count == 3)
    }
  }

  @Test func whatASaveLeavesBehindIsTidiedAway() async throws {
    try await inFolder { folder in
      let recordings = try FileRepository<Recording>(folder: folder)
      var recording = Recording(root: .init(id: "a"))
      for number in 0..<3 {
        recording.loudness = [Double(number)]
        try await recordings.save(recording)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/a").count == 2)
      try await recordings.delete("a")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["@lock"])
    }
  }
}
