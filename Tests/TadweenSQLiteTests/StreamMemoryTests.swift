import Foundation
import TadweenSQLite
import Testing

#if os(Linux)
  /// What goes through a repository in pieces is never in memory as a whole.
  ///
  /// Each in a process of its own, for the greatest memory of one is that of all that it ever did.
  @Suite struct StreamMemoryTests {
    let folder: Folder
    init() throws { folder = try Folder() }

    private static let pieces = 128

    @Test func files() async {
      await #expect(processExitsWith: .success) { [path = folder.path("files") as String] in
        let grown = try await Self.memory(of: try FileRepository<Tape>(folder: path))
        try #require(grown < 32 << 20, "\(grown >> 20) MiB")
      }
    }

    @Test func sqlite() async {
      await #expect(processExitsWith: .success) { [path = folder.path("a.sqlite") as String] in
        let grown = try await Self.memory(of: try SQLiteRepository<Tape>(path: path))
        try #require(grown < 32 << 20, "\(grown >> 20) MiB")
      }
    }

    /// The test sees what it is for.
    @Test func inMemoryItIsThere() async {
      await #expect(processExitsWith: .success) {
        let grown = try await Self.memory(of: try InMemoryRepository<Tape>())
        try #require(grown > Self.pieces << 20, "\(grown >> 20) MiB")
      }
    }

    /// Writes a part twice and reads it. Returns how many bytes the process had more, at the worst, than before.
    private static func memory(of tapes: some Repository<Tape>) async throws -> Int {
      // Makes the greatest that of now.
      try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
      let before = try greatestMemory()
      try await tapes.save(Tape(root: .init(id: "a")))
      for _ in 0..<2 { try await tapes.writePart(\.$audio, of: "a", from: Tape.audio(pieces: pieces)) }
      var count = 0
      for try await piece in try #require(await tapes.readPart(\.$audio, of: "a")) {
        try #require(piece == Tape.piece(count))
        count += 1
      }
      try #require(count == pieces)
      return try greatestMemory() - before
    }

    private static func greatestMemory() throws -> Int {
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
      return try #require(line.split(separator: " ").compactMap { Int($0) }.first) << 10
    }
  }
#endif
