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
