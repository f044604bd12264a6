import Tadween

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension RepositoryTrial {
  private struct Interruption: Error {}

  /// Two pieces and a half, of which no two are alike.
  private func bytes(_ salt: UInt8) -> Data {
    let length = PartBytes.pieceLength * 5 / 2
    let pattern = Data((0..<251).map { $0 ^ salt })
    var data = Data(capacity: length + pattern.count)
    while data.count < length { data.append(pattern) }
    return data.prefix(length)
  }

  /// Chunks of a length that no piece has.
  private func chunks(
    _ data: Data, length: Int = 700_000, _ before: @escaping @Sendable (Int) async throws -> Void = { _ in }
  ) -> PartBytes {
    PartBytes { number in
      try await before(number)
      let rest = data.dropFirst(number * length)
      return rest.isEmpty ? nil : Data(rest.prefix(length))
    }
  }

  private func code(_ body: () async throws -> Void) async throws -> TadweenError.Code? {
    do { try await body() } catch let error as TadweenError { return error.code }
    return nil
  }

  func writesPartsInPieces(_ repository: some Repository<ContractArtifact>) async throws {
    try await repository.save(
      ContractArtifact("a") {
        $0.root.size = 3
        $0.text = "one"
        $0.blob = Data([1])
      })
    for (data, length) in [(bytes(1), 700_000), (Data([7]), 1), (bytes(2), 3_000_000)] {
      try await repository.writePart(\.$blob, of: "a", from: chunks(data, length: length))
      let seen = try await repository.load("a", parts: .all)
      try require(seen.blob == data, "A part of \(data.count) bytes that came in chunks is another when it is loaded.")
      try require(seen.text == "one" && seen.root.size == 3, "What is beside a part that came in chunks is another.")
    }
    let (lists, continuation) = AsyncStream<[UInt8]>.makeStream()
    for list in [[], [1, 2], [], [3]] as [[UInt8]] { continuation.yield(list) }
    continuation.finish()
    try await repository.writePart(\.$blob, of: "a", from: lists)
    try require(
      try await repository.loadPart(\.$blob, of: "a") == Data([1, 2, 3]),
      "Chunks that are lists of bytes were not stored.")
    try await repository.writePart(\.$blob, of: "a", from: chunks(Data()))
    try require(
      try await repository.loadPart(\.$blob, of: "a") == Data(), "A part without chunks is not there, with no bytes.")
    try await repository.deletePart(\.$blob, of: "a")
    try require(try await !repository.has(\.$blob, of: "a"), "A part that came in chunks outlived its deletion.")
    try expect(
      try await code { try await repository.writePart(\.$blob, of: "nobody", from: chunks(Data([1]))) },
      .artifactNotFound, "What is said of a part of no artifact")
    try require(
      try await !repository.storePart("blob", from: chunks(Data([1])), of: "nobody"),
      "A part of no artifact was stored in pieces.")
    try expect(try await repository.count(), 1, "The number of artifacts")
  }

  func keepsAPartUntilItsLastPiece(_ repository: some Repository<ContractArtifact>) async throws {
    let (old, new) = (bytes(3), bytes(4))
    try await repository.save(ContractArtifact("a") { $0.blob = old })
    @Sendable func isOld() async throws -> Bool { try await repository.loadPart(\.$blob, of: "a") == old }

    // The source ends in the middle.
    do {
      try await repository.writePart(
        \.$blob, of: "a", from: chunks(new) { if $0 == 3 { throw Interruption() } })
      try require(false, "What the source threw was not thrown.")
    } catch is Interruption {}
    try require(try await isOld(), "A part is not what it was after its source threw.")

    // The task is cancelled, and its source then ends as a stream does, without a word.
    let (reached, signal) = AsyncStream<Never>.makeStream()
    let (never, held) = AsyncStream<Never>.makeStream()
    let wasStored = await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        let source = PartBytes { number in
          if number < 2 { return new.prefix(PartBytes.pieceLength) }
          signal.finish()
          for await _ in never {}
          return nil
        }
        do { try await repository.writePart(\.$blob, of: "a", from: source) } catch {
          signal.finish()
          return false
        }
        return true
      }
      for await _ in reached {}
      group.cancelAll()
      return await group.next() ?? false
    }
    held.finish()
    let isOldStill = try await isOld()
    try require(!wasStored && isOldStill, "A part is not what it was after its task was cancelled.")

    // Others read and write while the source is at work.
    try await repository.writePart(
      \.$blob, of: "a",
      from: chunks(new) { number in
        try require(try await isOld(), "A part was another before its last chunk had come.")
        if number == 2 { try await repository.save(ContractArtifact("a") { $0.root.size = 9 }) }
      })
    let seen = try await repository.load("a", parts: [\.$blob])
    try require(seen.blob == new, "A part is not what its last chunk completed.")
    try expect(seen.root.size, 9, "A column that was saved while a part was written")
    try await repository.writePart(
      \.$blob, of: "a",
      from: chunks(old) { if $0 == 2 { try await repository.savePart(\.$blob, Data([1]), of: "a") } })
    try require(try await isOld(), "Of two that wrote one part, not the last to end counts.")

    // The artifact goes meanwhile, and comes again or not.
    try await repository.writePart(
      \.$blob, of: "a",
      from: chunks(new) { number in
        if number != 2 { return }
        try await repository.delete("a")
        try await repository.save(ContractArtifact("a"))
      })
    try require(
      try await repository.loadPart(\.$blob, of: "a") == new,
      "A part is not what its chunks were, after its artifact was deleted and saved anew while they came.")
    try expect(
      try await code {
        try await repository.writePart(
          \.$blob, of: "a", from: chunks(new) { if $0 == 2 { try await repository.delete("a") } })
      }, .artifactNotFound, "What is said where an artifact was deleted while its part was written")
    try await repository.save(ContractArtifact("a"))
    try require(try await !repository.has(\.$blob, of: "a"), "A part came back with its artifact's id.")
  }

  func readsPartsInPieces(_ repository: some Repository<ContractArtifact>) async throws {
    let old = bytes(5)
    try await repository.save(ContractArtifact("a") { $0.blob = old })
    func whole(_ bytes: PartBytes?) async throws -> Data? {
      guard let bytes else { return nil }
      var data = Data()
      for try await piece in bytes {
        try require(
          !piece.isEmpty && piece.count <= PartBytes.pieceLength, "A piece of a part has \(piece.count) bytes.")
        data.append(piece)
      }
      return data
    }
    let bytes = try await repository.readPart(\.$blob, of: "a")
    for _ in 0..<2 {
      try require(try await whole(bytes) == old, "A part that is read in pieces is another than was saved.")
    }
    try await repository.writePart(\.$blob, of: "a", from: chunks(self.bytes(6)))
    try require(
      try await whole(repository.readPart(\.$blob, of: "a")) == self.bytes(6),
      "A part that is read in pieces is another than came in chunks.")

    // Whatever becomes of it meanwhile.
    let changes: [(String, @Sendable () async throws -> Void)] = [
      ("saved anew", { try await repository.savePart(\.$blob, self.bytes(7), of: "a") }),
      ("written anew", { try await repository.writePart(\.$blob, of: "a", from: chunks(self.bytes(7))) }),
      ("deleted", { try await repository.deletePart(\.$blob, of: "a") }),
      ("deleted with its artifact", { _ = try await repository.delete("a") }),
      ("left alone", { try await repository.save(ContractArtifact("a") { $0.root.size = 1 }) }),
    ]
    for (name, change) in changes {
      try await repository.save(ContractArtifact("a") { $0.blob = old })
      guard let bytes = try await repository.readPart(\.$blob, of: "a") else {
        try require(false, "A part that was saved is not there to be read.")
        return
      }
      var pieces = bytes.makeAsyncIterator()
      var data = try await pieces.next() ?? Data()
      try await change()
      let code = try await code { while let piece = try await pieces.next() { data.append(piece) } }
      let isToldSo = code == .changedMeanwhile && name != "left alone"
      try require(isToldSo || (code == nil && data == old), "A part that was \(name) while it was read is a mixture.")
    }
    try await repository.savePart(\.$blob, Data(), of: "a")
    try expect(try await whole(repository.readPart(\.$blob, of: "a")), Data(), "A part without bytes")
    try await repository.deletePart(\.$blob, of: "a")
    try require(try await repository.readPart(\.$blob, of: "a") == nil, "A part that is absent can be read in pieces.")
    try require(
      try await repository.bytes(ofPart: "blob", of: "nobody") == nil, "A part of no artifact can be read in pieces.")
    try expect(
      try await code { _ = try await repository.readPart(\.$blob, of: "nobody") }, .artifactNotFound,
      "What is said where a part of no artifact is to be read")
  }
}
