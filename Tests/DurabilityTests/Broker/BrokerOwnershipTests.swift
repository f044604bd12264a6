import Foundation
import Testing

@testable import Tadween
@testable import TadweenSQLite

/// The lock that says who works on a database, as the kernel sees it.
@Suite struct BrokerOwnershipTests {
  let folder: Folder
  var path: String { folder.path("runs.sqlite") }

  init() throws { folder = try Folder() }

  @Test func aChildThatIsJustForkedKeepsNobodyOut() throws {
    let owner = try DatabaseOwner(of: path)
    // What a fork does.
    let inherited = dup(owner.descriptor)
    defer { close(inherited) }
    #expect(throws: TadweenError.self) { try DatabaseOwner(of: path) }
    _ = consume owner
    _ = try DatabaseOwner(of: path)
  }

  @Test("a broker opens while others ask who has the file")
  func whoeverLooksKeepsNobodyOut() async throws {
    let isDone = Locked(false)
    let refusals = await withTaskGroup(of: Int.self) { [path] group in
      group.addTask {
        var refusals = 0
        for _ in 0..<2000 where (try? DatabaseOwner(of: path)) == nil { refusals += 1 }
        isDone.withLock { $0 = true }
        return refusals
      }
      group.addTask {
        while !isDone.withLock({ $0 }) { _ = DatabaseOwner.current(of: path) }
        return 0
      }
      return await group.reduce(0, +)
    }
    #expect(refusals == 0)
  }

  @Test("a link leads to the same owner", arguments: ["real/runs.sqlite", "../other/real/runs.sqlite"])
  func aLinkIsNoOtherFile(_ target: String) throws {
    let files = FileManager.default
    for name in ["other/real", "links"] {
      try files.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
    }
    let from = target.hasPrefix("..") ? "links" : "other"
    try files.createSymbolicLink(atPath: folder.path("\(from)/link.sqlite"), withDestinationPath: target)
    // As far from the root as the folder that it names, and farther.
    try files.createDirectory(atPath: folder.path("a/b"), withIntermediateDirectories: true)
    try files.createSymbolicLink(atPath: folder.path("way"), withDestinationPath: from)
    try files.createSymbolicLink(atPath: folder.path("a/b/way"), withDestinationPath: "../../\(from)")
    // The database need not be there.
    for path in ["\(from)/link.sqlite", "way/link.sqlite", "a/b/way/link.sqlite", "a/b/way/../other/real/runs.sqlite"] {
      let owner = try DatabaseOwner(of: folder.path(path))
      #expect(throws: TadweenError.self) { try DatabaseOwner(of: folder.path("other/real/runs.sqlite")) }
      #expect(DatabaseOwner.current(of: folder.path("other/real/runs.sqlite")) != nil)
      withExtendedLifetime(owner) {}
    }
  }

  @Test func whoeverIsRefusedClosesNothingOfAnybodyElses() async throws {
    let owner = try DatabaseOwner(of: path)
    let lost = await descriptorsLost { [path] in _ = try? DatabaseOwner(of: path) }
    #expect(lost == 0)
    withExtendedLifetime(owner) {}
  }

  @Test func aFoldersLockIsClosedOnceToo() async throws {
    let lock = try FolderLock(folder.url.path)
    let lost = await descriptorsLost { [folder] in _ = try? FolderLock(folder.url.path) }
    #expect(lost == 0)
    withExtendedLifetime(lock) {}
  }

  /// A descriptor that is closed twice is somebody else's the second time: SQLite then reads and writes what it did not open.
  ///
  /// - Returns: How often somebody found theirs closed, who had files open meanwhile.
  private func descriptorsLost(_ body: @escaping @Sendable () -> Void) async -> Int {
    let isDone = Locked(false)
    return await withTaskGroup(of: Int.self) { [folder] group in
      group.addTask {
        for _ in 0..<5000 { body() }
        isDone.withLock { $0 = true }
        return 0
      }
      group.addTask {
        var lost = 0
        while !isDone.withLock({ $0 }) {
          let file = unsafe open(folder.path("other"), O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
          for _ in 0..<20 where fcntl(file, F_GETFD) < 0 { lost += 1 }
          if close(file) != 0 { lost += 1 }
        }
        return lost
      }
      return await group.reduce(0, +)
    }
  }
}
