import DurabilityTesting
import Foundation
import GRDB
import Subprocess
import Testing

@testable import Tadween
@testable import TadweenSQLite
@testable import TadweenTesting

/// The database's file is not as it should be: a clear error, and nothing is said to be done that is not.
@Suite struct BrokerFileTests {
  let folder: Folder
  let graph: CourseGraph
  var path: String { folder.path("runs.sqlite") }

  init() throws {
    folder = try Folder()
    graph = try CourseGraph()
  }

  private func broker(_ path: String? = nil) -> SQLiteBroker {
    SQLiteBroker(
      path: path ?? self.path, options: SQLiteBrokerOptions(synchronous: .off, busyTimeout: .milliseconds(5)))
  }

  /// Some runs, of which some are unfinished, by a broker that has closed.
  @discardableResult
  private func leaveRuns(_ path: String? = nil) async throws -> Course {
    let course = Course(graph, seed: 1, runs: 8)
    let broker = broker(path)
    #expect(try await course.live(broker, until: .steps(12)))
    try await broker.close(timeout: nil)
    return course
  }

  /// It goes on from there as if nothing had been.
  private func finish(_ course: Course, _ path: String? = nil) async throws {
    let later = Course(graph, seed: 2, runs: 9, knowing: course.known.withLock { $0 })
    later.whatThrows = { error in
      later.complain("\(error)")
      return .dies
    }
    let broker = broker(path)
    _ = try await later.live(broker, until: .end)
    try await broker.close(timeout: nil)
    #expect(later.problems == [])
  }

  private func refusal(_ path: String? = nil) async throws -> TadweenError {
    let broker = broker(path)
    return try await tadweenError {
      _ = try await broker.open(graph.graph, observer: CourseObserver(Locked(Knowledge())))
    }
  }

  private func expectRefusal(_ words: String..., code: TadweenError.Code = .repositoryFailed) async throws {
    let error = try await refusal()
    #expect(error.code == code && error.message.contains("\"\(path)"), "\(error)")
    for word in words { #expect(error.message.contains(word), "\(error)") }
  }

  @Test func aFileOfSomethingElseIsNamed() async throws {
    try Data("what a pity, this is no database at all, though it is long enough".utf8).write(to: URL(filePath: path))
    try await expectRefusal("it is no SQLite database; name another file")
    try FileManager.default.removeItem(atPath: path)
    try await DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE own (x)") }
    try await expectRefusal("holds other tables than a broker's", "give the broker a file of its own")
    #expect(try await DatabaseQueue(path: path).read { try $0.tableExists("own") })
  }

  @Test func aNewerVersionsFileIsNamedAndLeftAsItIs() async throws {
    let course = try await leaveRuns()
    try await DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = 99") }
    try await expectRefusal("written by a newer version of Tadween", "use that version, or another file")
    try await DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = \(Journal.version)") }
    try await finish(course)
  }

  @Test func aFileOfAnotherApplicationIsNamed() async throws {
    try await leaveRuns()
    try await DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA application_id = 5") }
    try await expectRefusal("holds other tables than a broker's")
  }

  @Test(arguments: [0.9, 0.5, 0.1])
  func aTruncatedFileIsDamagedAndSaidToBe(_ share: Double) async throws {
    try await leaveRuns()
    // All of it is in the one file.
    for end in ["-wal", "-shm"] { try FileManager.default.removeItem(atPath: path + end) }
    let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    try FileHandle(forUpdating: URL(filePath: path)).truncate(atOffset: UInt64(Double(size) * share))
    try await expectRefusal("it is damaged; restore it from a copy")
  }

  @Test func aFolderThatIsNotThereIsNamed() async throws {
    let error = try await refusal(folder.path("no/runs.sqlite"))
    #expect(error.code == .repositoryFailed && error.message.contains("see whether its folder is there"), "\(error)")
  }

  @Test func aSecondBrokerIsToldWhoHasIt() async throws {
    let course = try await leaveRuns()
    let first = broker()
    _ = try await first.open(graph.graph, observer: CourseObserver(Locked(Knowledge())))
    try await expectRefusal(
      "is in use by process \(getpid())", "close that one, or give this workflow a file of its own")
    #expect(try SQLiteRunHistory(path: path).owner?.contains("\(getpid())") == true)
    try await first.close(timeout: nil)
    #expect(try SQLiteRunHistory(path: path).owner == nil)
    try await finish(course)
  }

  @Test func aBrokerInAnotherProcessIsNamed() async throws {
    let course = try await leaveRuns()
    // It holds the lock that a broker holds, for as long as it reads.
    try FileManager.default.removeItem(atPath: path + "-owner")
    try Data("process 4711 (other) since then\n".utf8).write(to: URL(filePath: path + "-owner"))
    let (path, graph) = (path, graph)
    let result = try await Subprocess.run(
      .name("flock"), arguments: ["-x", path + "-owner", "sh", "-c", "echo locked; read line"], input: .inputWriter,
      output: .sequence, error: .discarded
    ) { execution in
      for try await _ in execution.standardOutput { break }
      let error = try await tadweenError {
        _ = try await SQLiteBroker(path: path).open(graph.graph, observer: CourseObserver(Locked(Knowledge())))
      }
      try await execution.standardInputWriter.finish()
      return error
    }
    let error = result.closureResult
    #expect(error.code == .repositoryFailed && error.message.contains("is in use by process 4711 (other)"), "\(error)")
    try await finish(course)
  }

  @Test func anOwnerFileThatCannotBeOpenedIsNamed() async throws {
    let course = try await leaveRuns()
    try FileManager.default.removeItem(atPath: path + "-owner")
    try FileManager.default.createDirectory(atPath: path + "-owner", withIntermediateDirectories: false)
    try await expectRefusal("-owner\" cannot be opened", "the rights of both")
    try FileManager.default.removeItem(atPath: path + "-owner")
    try await finish(course)
  }

  /// An owner's file may say anything after a loss of power.
  @Test func anOwnerFileThatIsGarbageIsPassedOver() async throws {
    let course = try await leaveRuns()
    var random = SeededGenerator(seed: 1, stream: 0)
    try Data((0..<60_000).map { _ in UInt8.random(in: 0...255, using: &random) }).write(
      to: URL(filePath: path + "-owner"))
    try await finish(course)
  }

  @Test func aFileThatIsDeletedUnderneathIsNoFalseSuccess() async throws {
    let broker = broker()
    let course = Course(graph, seed: 1, runs: 8)
    #expect(try await course.live(broker, until: .steps(8)))
    for end in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: path + end) }
    let error = try await tadweenError {
      for number in 0..<3 {
        _ = try await broker.submit([NewRun(entry: graph.graph.entries[0], payload: CourseGraph.payload(number))])
      }
    }
    #expect(error.code == .repositoryFailed && error.message.contains("\"\(path)\""), "\(error)")
    try? await broker.close(timeout: nil)
  }

  @Test(.enabled(if: Mount.isPermitted, "no file system may be mounted here"))
  func aDiskThatIsFullIsSaidAndWhatWasAcknowledgedGoesOn() async throws {
    let mount = try Mount(size: "4m")
    let path = mount.folder.path("runs.sqlite")
    let broker = broker(path)
    let course = Course(graph, seed: 1, runs: 8)
    #expect(try await course.live(broker, until: .steps(10)))
    let ballast = URL(filePath: mount.folder.path("ballast"))
    // As much as goes in.
    for size in [1 << 20, 1 << 16, 1 << 12] {
      for number in 0... {
        do { try Data(count: size).write(to: ballast.appendingPathExtension("\(size) \(number)")) } catch { break }
      }
    }
    var accepted: [RunID] = []
    let error = try await tadweenError {
      for number in 0..<2000 {
        let run = NewRun(entry: graph.graph.entries[0], payload: CourseGraph.payload(number))
        _ = try await broker.submit([run])
        accepted.append(run.id)
      }
    }
    #expect(error.code == .repositoryFailed && error.message.contains("\"\(path)\""), "\(error)")
    #expect(error.message.contains("the disk is full") || error.message.contains("has room"), "\(error)")
    for name in try FileManager.default.contentsOfDirectory(atPath: mount.path) where name.hasPrefix("ballast") {
      try FileManager.default.removeItem(atPath: mount.folder.path(name))
    }
    let run = NewRun(entry: graph.graph.entries[0], payload: CourseGraph.payload(1))
    _ = try await broker.submit([run])
    try await broker.close(timeout: nil)
    let next = self.broker(path)
    _ = try await next.open(graph.graph, observer: CourseObserver(Locked(Knowledge())))
    for run in accepted + [run.id] { #expect(try await next.ticket(of: run) != nil) }
    #expect(try await next.runCount(RunQuery()) == course.known.withLock { $0.submitted.count } + accepted.count + 1)
    try await next.close(timeout: nil)
  }

  @Test(.enabled(if: Mount.isPermitted, "no file system may be mounted here"))
  func aFileSystemThatIsReadOnlyIsNamed() async throws {
    let mount = try Mount(size: "4m")
    let path = mount.folder.path("runs.sqlite")
    let course = try await leaveRuns()
    // Nothing may be open when the file system is closed to writers, and a broker lets go in its own time.
    for end in ["", "-wal", "-owner"] { try FileManager.default.copyItem(atPath: self.path + end, toPath: path + end) }
    try mount.setReadOnly(true)
    let error = try await refusal(path)
    #expect(error.code == .repositoryFailed && error.message.contains("\"\(path)"), "\(error)")
    #expect(error.message.contains("the rights of"), "\(error)")
    try mount.setReadOnly(false)
    try await finish(course, path)
  }
}
