import Foundation
import Testing

@testable import Tadween
@testable import TadweenTesting

/// What no contract asks of parts in pieces, in files and out of them.
@Suite struct FileStreamTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: "tadween-streams-\(UUID())")

  private let audio = Data((0..<3).flatMap { [UInt8](repeating: $0, count: PartBytes.pieceLength) })

  private func inFolder(_ body: (String) async throws -> Void) async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
  }

  @Test func aReaderHasTheOldBytesAfterTheRepositoryWasLetGo() async throws {
    try await inFolder { folder in
      func reader() async throws -> PartBytes {
        let tapes = try FileRepository<ContractArtifact>(folder: folder)
        try await tapes.save(ContractArtifact("a") { $0.blob = audio })
        return try #require(await tapes.readPart(\.$blob, of: "a"))
      }
      let bytes = try await reader()
      // The folder is free again.
      let tapes = try FileRepository<ContractArtifact>(folder: folder)
      var seen = Data()
      for try await piece in bytes {
        if seen.isEmpty { try await tapes.savePart(\.$blob, Data([1]), of: "a") }
        seen.append(piece)
      }
      #expect(seen == audio)
    }
  }

  @Test func aReaderThatIsDroppedInTheMiddleHoldsNothing() async throws {
    try await inFolder { folder in
      let open = Locked(0)
      let system = HookedFileSystem { operation in
        if operation == "open" { open.withLock { $0 += 1 } }
        if operation == "close" { open.withLock { $0 -= 1 } }
      }
      let tapes = try FileRepository<ContractArtifact>(folder: folder, system: system)
      try await tapes.save(ContractArtifact("a") { $0.blob = audio })
      func readTheFirst() async throws {
        for try await piece in try #require(await tapes.readPart(\.$blob, of: "a")) {
          #expect(piece == audio.prefix(PartBytes.pieceLength))
          #expect(open.withLock { $0 } == 1)
          break
        }
      }
      try await readTheFirst()
      #expect(open.withLock { $0 } == 0)
    }
  }

  @Test func whatADeadProcessLeftIsRemoved() async throws {
    try await inFolder { folder in
      let drafts = { try FileManager.default.contentsOfDirectory(atPath: folder + "/@drafts") }
      await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
        let tapes = try FileRepository<ContractArtifact>(folder: folder)
        try await tapes.save(ContractArtifact("a") { $0.blob = Data([1]) })
        try await tapes.writePart(
          \.$blob, of: "a",
          from: PartBytes { number in
            if number == 3 { kill(getpid(), SIGKILL) }
            return Data(repeating: 7, count: PartBytes.pieceLength)
          })
      }
      #expect(try drafts().count == 1)
      let tapes = try FileRepository<ContractArtifact>(folder: folder)
      #expect(try drafts() == [])
      #expect(try await tapes.loadPart(\.$blob, of: "a") == Data([1]))
    }
  }

  @Test func nothingIsLeftOfWhatThrew() async throws {
    try await inFolder { folder in
      let tapes = try FileRepository<ContractArtifact>(folder: folder)
      try await tapes.save(ContractArtifact("a") { $0.blob = Data([1]) })
      await #expect(throws: Trouble.self) {
        try await tapes.writePart(
          \.$blob, of: "a",
          from: PartBytes { if $0 == 2 { throw Trouble("x") } else { Data(repeating: 1, count: 1 << 20) } })
      }
      _ = try await tapes.storePart("blob", from: PartBytes(audio), of: "nobody")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/@drafts") == [])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/a").count == 2)
    }
  }

  @Test func aFileBecomesAPart() async throws {
    try await inFolder { folder in
      let path = folder + "/lecture.wav"
      try audio.write(to: URL(filePath: path))
      let tapes = try InMemoryRepository<ContractArtifact>()
      try await tapes.save(ContractArtifact("a"))
      try await tapes.writePart(\.$blob, of: "a", from: PartBytes(file: path))
      #expect(try await tapes.loadPart(\.$blob, of: "a") == audio)
      let missing = try #require(throws: TadweenError.self) { try PartBytes(file: folder + "/none") }
      #expect(missing.code == .invalidArgument && missing.message.contains("There is no file \"\(folder)/none\""))
      // A folder opens, and cannot be read.
      let error = try await tadweenError { try await tapes.writePart(\.$blob, of: "a", from: PartBytes(file: folder)) }
      #expect(error.message.contains("The file \"\(folder)\" cannot be read"), "\(error)")
      #expect(try await tapes.loadPart(\.$blob, of: "a") == audio)
    }
  }

  @Test func aPartOfAnotherCodingIsRefused() async throws {
    struct Coded: Artifact {
      struct Root: ArtifactRoot { var id: ArtifactID }
      var root: Root
      @Lazy var data: Data?
      static let schema = ArtifactSchema<Coded>({ Coded(root: $0) }) { Part("data", \.$data) }
    }
    let coded = try InMemoryRepository<Coded>()
    try await coded.save(Coded(root: .init(id: "a")))
    var error = try await tadweenError { try await coded.writePart(\.$data, of: "a", from: PartBytes(Data([1]))) }
    #expect(error.code == .invalidArgument && error.message.contains("\"data\" of Coded is coded as json"), "\(error)")
    error = try await tadweenError { _ = try await coded.readPart(\.$data, of: "a") }
    #expect(error.message.contains("give it the coding .bytes"), "\(error)")
  }

  /// Pieces are of one length, whatever that of the chunks.
  @Test(arguments: [1 << 18, 700_000, PartBytes.pieceLength, 5_000_000]) func chunksBecomePieces(_ length: Int)
    async throws
  {
    let chunks = PartBytes { number in
      let rest = audio.dropFirst(number * length)
      return rest.isEmpty ? nil : rest.prefix(length)
    }
    var pieces: [Data] = []
    for try await piece in PartPieces(chunks: chunks) { pieces.append(piece) }
    #expect(pieces.map(\.count) == [Int](repeating: PartBytes.pieceLength, count: 3))
    #expect(pieces.allSatisfy { $0.startIndex == 0 } && pieces.reduce(Data(), +) == audio)
  }
}
