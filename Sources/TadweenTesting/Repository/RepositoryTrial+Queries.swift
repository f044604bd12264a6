import Tadween

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension RepositoryTrial {
  private func fill(_ repository: some Repository<ContractArtifact>) async throws {
    for (number, id) in (["c", "a", "B", "d"] as [ArtifactID]).enumerated() {
      try await repository.save(
        ContractArtifact(id) {
          $0.root.name = ["one", "two", "Two", "two%"][number]
          $0.root.size = Int64(number) * 30
          $0.root.weight = Double(number) / 2
          $0.root.isDone = number > 1
          $0.root.digest = Data([UInt8(number)])
          $0.root.owner = number == 2 ? "Ada" : nil
        })
    }
  }

  func filtersByColumns(_ repository: some Repository<ContractArtifact>) async throws {
    try await fill(repository)
    func expect(
      _ wanted: [ArtifactID], _ what: String, _ filter: (ArtifactColumns<ContractArtifact>) -> ArtifactFilter
    ) async throws {
      try self.expect(try await repository.ids(where: filter), wanted, "What a filter finds by \(what)")
      try self.expect(try await repository.count(where: filter), wanted.count, "What a filter counts by \(what)")
    }
    try await expect(["B", "d"], "a number") { $0.size > 30 }
    try await expect(["B", "a", "d"], "a number or more") { $0.size >= 30 }
    try await expect(["c"], "less than a number") { $0.size < 30 }
    try await expect(["a", "c"], "a fraction or less") { $0.weight <= 0.5 }
    try await expect(["a", "c"], "no truth") { $0.isDone == false }
    try await expect(["a"], "a text") { $0.name == "two" }
    try await expect(["B", "c"], "a text's order") { $0.name < "two" }
    try await expect(["a", "d"], "the beginning of a text") { $0.name.hasPrefix("tw") }
    try await expect(["d"], "a text that is no pattern") { $0.name.hasPrefix("two%") }
    try await expect([], "a beginning that is no pattern") { $0.name.hasPrefix("t_o") }
    try await expect(["B", "a", "c", "d"], "an empty beginning") { $0.name.hasPrefix("") }
    try await expect(["B"], "bytes") { $0.digest == Data([2]) }
    try await expect(["B", "c"], "a list") { $0.size.isIn([0, 60, 61]) }
    try await expect([], "an empty list") { $0.size.isIn([]) }
    try await expect(["a", "c", "d"], "null") { $0.owner == nil }
    try await expect(["B"], "no null") { $0.owner != nil }
    try await expect(["a", "c", "d"], "another than a text, null included") { $0.owner != "Ada" }
    try await expect(["a", "c", "d"], "the contrary of an order, null included") { !($0.owner < "Z") }
    try await expect(["a", "c", "d"], "the contrary of a list, null included") { !$0.owner.isIn(["Ada"]) }
    try await expect(["a", "d"], "ids") { $0.id.isIn(["a", "d", "b"]) }
    try await expect(["d"], "all of two") { $0.isDone == true && $0.owner == nil }
    try await expect(["B", "a", "d"], "one of two, and not both") { $0.isDone == true || $0.name == "two" }
    try await expect(["c"], "the contrary of one of two") { !($0.isDone == true || $0.name == "two") }
  }

  func ordersAndLimits(_ repository: some Repository<ContractArtifact>) async throws {
    try await fill(repository)
    func expect(
      _ wanted: [ArtifactID], _ what: String, _ order: [ArtifactOrder<ContractArtifact>], limit: Int? = nil,
      offset: Int = 0
    ) async throws {
      let seen = try await repository.filter(order: order, limit: limit, offset: offset).map(\.id)
      try self.expect(seen, wanted, "The order by \(what)")
    }
    try await expect(["B", "a", "c", "d"], "ids", [])
    try await expect(["d", "B", "a", "c"], "a number, descending", [.by(\.size, descending: true)])
    try await expect(["B", "c", "a", "d"], "a text", [.by(\.name)])
    try await expect(["a", "c", "d", "B"], "a column with nulls", [.by(\.owner)])
    try await expect(["B", "a", "c", "d"], "a column with nulls, descending", [.by(\.owner, descending: true)])
    try await expect(
      ["d", "B", "a", "c"], "two columns", [.by(\.isDone, descending: true), .by(\.weight, descending: true)])
    try await expect(["a", "c"], "ids, the second and third", [], limit: 2, offset: 1)
    try await expect(["c", "d"], "ids, after two", [], offset: 2)
    try await expect([], "ids, none", [], limit: 0)
    try await expect([], "ids, after all", [], limit: 2, offset: 9)
  }

  func countsAndLists(_ repository: some Repository<ContractArtifact>) async throws {
    try expect(try await repository.count(), 0, "The number of artifacts in an empty repository")
    try expect(try await repository.ids(), [], "The ids in an empty repository")
    try await fill(repository)
    try expect(try await repository.count(), 4, "The number of artifacts")
    try expect(try await repository.ids(), ["B", "a", "c", "d"], "The ids")
    try expect(
      try await repository.load(["d", "nobody", "a", "a"]).map(\.id), ["a", "d"], "What is loaded by several ids")
    try require(try await repository.exists("a"), "What is there does not exist.")
    try require(try await !repository.exists("A"), "What is not there exists.")
    do {
      _ = try await repository.load("nobody")
    } catch let error as TadweenError where error.code == .artifactNotFound {
      return
    }
    try require(false, "What is not there was loaded.")
  }

  func streamsAll(_ repository: some Repository<ContractArtifact>) async throws {
    let artifacts = try (0..<25).map { number in
      ContractArtifact(try ArtifactID("\(number % 5)/\(number)")) {
        $0.root.size = Int64(number % 7)
        $0.root.isDone = number < 20
        $0.text = "\(number)"
      }
    }
    try await repository.save(contentsOf: artifacts)
    let wanted = artifacts.filter(\.root.isDone).sorted {
      ($1.root.size, $0.id) < ($0.root.size, $1.id)
    }
    let stream = repository.stream(
      parts: [\.$text], order: [.by(\.size, descending: true)], atOnce: 3, where: { $0.isDone == true })
    var seen: [ContractArtifact] = []
    for try await artifact in stream { seen.append(artifact) }
    try expect(seen.map(\.id), wanted.map(\.id), "What a stream gives")
    try require(
      zip(seen, wanted).allSatisfy { $0.text == $1.text && !$0.$blob.isLoaded },
      "A stream gives other parts than were asked for.")

    // One that is still to come is deleted, one changes so that it does not match any more, one is new.
    let (deleted, changed) = (wanted[10].id, wanted[12].id)
    var ids: [ArtifactID] = []
    for try await artifact in stream {
      ids.append(artifact.id)
      if ids.count > 1 { continue }
      try await repository.delete(deleted)
      var other = try await repository.load(changed)
      other.root.isDone = false
      try await repository.save(other)
      try await repository.save(ContractArtifact("new") { $0.root.isDone = true })
    }
    try expect(
      ids, wanted.map(\.id).filter { $0 != deleted && $0 != changed }, "What a stream gives of what changes meanwhile")
    for try await _ in repository.stream(where: { $0.size > 100 }) {
      try require(false, "A stream gives what is not meant.")
    }
  }
}
