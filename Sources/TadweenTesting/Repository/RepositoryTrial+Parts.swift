import Tadween

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension RepositoryTrial {
  private var both: ContractArtifact {
    ContractArtifact("a") {
      $0.text = "one"
      $0.blob = Data([1])
    }
  }

  func loadsThePartsAskedFor(_ repository: some Repository<ContractArtifact>) async throws {
    try await repository.save(both)
    let bare = try await repository.load("a")
    try require(!bare.$text.isLoaded && !bare.$blob.isLoaded, "A part was loaded that nobody asked for.")
    let one = try await repository.load("a", parts: [\.$text])
    try require(one.text == "one" && !one.$blob.isLoaded, "Of two parts, one was asked for, and that is not what came.")
    try await repository.deletePart(\.$text, of: "a")
    let all = try await repository.load("a", parts: .all)
    try require(
      all.$text.state == .absent && all.blob == Data([1]), "A part that is not there is not said to be absent.")
    let filtered = try await repository.filter(parts: [\.$blob])
    try require(filtered.map(\.blob) == [Data([1])], "A filter does not load the parts that are asked for.")
  }

  func leavesOtherPartsAlone(_ repository: some Repository<ContractArtifact>) async throws {
    try await repository.save(both)
    var other = try await repository.load("a", parts: [\.$blob])
    other.root.size = 7
    other.blob = nil
    try await repository.save(other)
    let seen = try await repository.load("a", parts: .all)
    try expect(seen.root.size, 7, "A column that was saved")
    try require(seen.text == "one", "A part that was not loaded is \(seen.text ?? "gone") after a save.")
    try require(seen.$blob.state == .absent, "A part that was set to nil is there after a save.")
    try expect(try await repository.presentParts(of: "a"), ["text"], "The list of parts")
  }

  func storesPartsAlone(_ repository: some Repository<ContractArtifact>) async throws {
    try await repository.save(ContractArtifact("a") { $0.root.size = 3 })
    try await repository.savePart(\.$text, "one", of: "a")
    try await repository.savePart(\.$text, "two", of: "a")
    try expect(try await repository.loadPart(\.$text, of: "a"), "two", "A part that was stored alone, twice")
    try expect(try await repository.load("a").root.size, 3, "A column, after a part was stored")
    try require(try await repository.has(\.$text, of: "a"), "A part that was stored is not said to be there.")
    try await repository.deletePart(\.$text, of: "a")
    try await repository.deletePart(\.$text, of: "a")
    try require(try await repository.loadPart(\.$text, of: "a") == nil, "A part that was deleted is there.")
    try require(try await !repository.has(\.$text, of: "a"), "A part that was deleted is said to be there.")
    try require(
      try await !repository.storePart("text", .bytes(Data()), of: "nobody"), "A part of no artifact was stored.")
    try require(try await repository.presentParts(of: "nobody") == nil, "What is not there is said to have parts.")
  }

  func deletesWithParts(_ repository: some Repository<ContractArtifact>) async throws {
    try await repository.save(contentsOf: [both, ContractArtifact("b") { $0.text = "stays" }])
    try require(try await repository.delete("a"), "A delete says that what was there was not.")
    try require(try await !repository.delete("a"), "A second delete says that something was there.")
    try require(try await !repository.exists("a"), "What was deleted exists.")
    try await repository.save(ContractArtifact("a"))
    let again = try await repository.load("a", parts: .all)
    try require(again.text == nil && again.blob == nil, "A part outlived its artifact.")
    try expect(
      try await repository.loadPart(\.$text, of: "b"), "stays", "A part of another artifact than the deleted one")
    try expect(try await repository.remove(["b", "nobody", "a"]), 2, "The number of those deleted")
    try expect(try await repository.count(), 0, "The number of those left")
  }
}
