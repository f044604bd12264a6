import DurabilityTesting
import Foundation
import Subprocess
import Tadween
import TadweenSQLite
import Testing

/// The disk is full, for real.
@Suite struct FullDiskTests {
  @Test(
    .enabled(
      if: Mount.isPermitted, "no file system may be mounted here; a limit on files stands for it, in the next test"),
    arguments: StoreKind.allCases)
  func whatWasAcknowledgedIsWholeAndItGoesOnWhenThereIsRoom(_ kind: StoreKind) async throws {
    let mount = try Mount(size: "12m")
    let store = try kind.open(in: mount.path)
    let ballast = mount.folder.path("ballast")
    try Data(count: 6 << 20).write(to: URL(filePath: ballast))
    var acknowledged: [ArtifactID: Int] = [:]
    var refusal: TadweenError?
    for generation in 1...100 {
      let id = try ArtifactID("\(generation)")
      do {
        try await store.save(Paired(id, generation, size: 200_000))
        acknowledged[id] = generation
      } catch let error as TadweenError {
        refusal = error
        break
      }
    }
    let error = try #require(refusal)
    #expect(error.code == .repositoryFailed && error.message.contains(kind.path(in: mount.path)), "\(error)")
    #expect(
      error.message.contains(kind == .files ? "no space is left" : "the disk is full; nothing was stored"), "\(error)")
    func check() async throws {
      #expect(try await store.problems() == [])
      for (id, generation) in acknowledged { #expect(try await store.load(id).root.generation == generation) }
      #expect(try await store.count() == acknowledged.count)
    }
    try await check()
    if kind == .files {
      // What was begun is gone again, so that no save fills the disk by failing.
      let folders = try FileManager.default.subpathsOfDirectory(atPath: kind.path(in: mount.path))
      #expect(folders.count { $0.contains("/left.") || $0.contains("/right.") } == 2 * acknowledged.count, "\(folders)")
    }
    try FileManager.default.removeItem(atPath: ballast)
    for id in acknowledged.keys {
      try await store.save(Paired(id, 1000, size: 100_000))
      acknowledged[id] = 1000
    }
    try await check()
  }

  /// A limit on the length of files is what a program without rights can have instead.
  @Test(arguments: StoreKind.allCases)
  func aFileThatMayNotGrowIsSaidAndEverythingIsWhole(_ kind: StoreKind) async throws {
    let folder = try Folder()
    let path = kind.path(in: folder.url.path)
    let (lines, end) = try await SaveLoopProgram.run(kind, path, "limit", "\(200_000)")
    #expect(end == .exited(0), "\(lines)")
    let refused = try #require(lines.firstIndex { $0.hasPrefix("refused") }, "\(lines)")
    #expect(lines[refused].contains("\"\(path)\" cannot be used"), "\(lines)")
    #expect(
      lines[refused].contains(
        kind == .files ? "a file may not be so long here" : "see whether its disk is sound and has room"),
      "\(lines)")
    let last = Int(lines[refused - 1].split(separator: " ")[1])!
    #expect(lines[refused + 1] == "left: generation \(last)" && lines.last == "a \(last + 2)", "\(lines)")
    #expect(try await kind.open(in: folder.url.path).problems() == [])
  }
}
