import Tadween

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension RepositoryTrial {
  func keepsWhatIsSaved(_ repository: some Repository<ContractArtifact>) async throws {
    let artifacts = [
      ContractArtifact("plain"),
      ContractArtifact("great") {
        $0.root.name = "a\0b 👩🏽‍🚀 ' \" ; --"
        $0.root.size = .max
        $0.root.weight = .infinity
        $0.root.isDone = true
        $0.root.digest = Data([0, 255, 10])
        $0.root.owner = ""
        $0.meta.labels = ["", "ü"]
        $0.text = "\u{0}\n"
        $0.blob = (0..<5).reduce(Data()) { $0 + Data(repeating: $1, count: 500_000) }
      },
      ContractArtifact("small") {
        $0.root.size = .min
        $0.root.weight = -1e-300
        $0.blob = Data()
        $0.text = nil
      },
    ]
    for artifact in artifacts { try await repository.save(artifact) }
    for wanted in artifacts {
      let seen = try await repository.load(wanted.id, parts: .all)
      try expect(seen.root, wanted.root, "The root of \"\(wanted.id)\"")
      try expect(seen.meta, wanted.meta, "The eager model of \"\(wanted.id)\"")
      try require(seen.text == wanted.text && seen.blob == wanted.blob, "A part of \"\(wanted.id)\" is another.")
    }
    let next = ContractArtifact("plain") { $0.root.name = "next" }
    try await repository.save(next)
    try expect(try await repository.load("plain").root, next.root, "The root that was saved a second time")
    try expect(try await repository.count(), artifacts.count, "The number of artifacts")
  }

  func keepsIDsApart(_ repository: some Repository<ContractArtifact>) async throws {
    var texts = [
      "a", "A", "a.", ".a", "..", ".", "../a", "a/b", "a\\b", "/", "//", "~", " ", "a ", "CON", "con", "nul.txt", "%",
      "%61", "a%",
      "\u{E9}", "e\u{301}", "👩🏽‍🚀", "'; drop table artifacts; --", "*", "_", "-", "a:b", "a|b", "\u{FEFF}a",
    ]
    for length in [100, 255, 256, 511, 512] {
      texts += [String(repeating: "x", count: length), String(repeating: "/", count: length)]
    }
    texts.append(String(repeating: "é", count: 256))
    let ids = try texts.map { text in try ArtifactID(text) }
    for (number, id) in ids.enumerated() {
      try await repository.save(
        ContractArtifact(id) {
          $0.root.size = Int64(number)
          $0.text = "\(number)"
        })
    }
    try expect(try await repository.ids().count, ids.count, "The number of artifacts with ids of every kind")
    try expect(try await repository.ids(), ids.sorted(), "The list of ids")
    for (number, id) in ids.enumerated() {
      let seen = try await repository.load(id, parts: .all)
      try require(
        seen.root.size == Int64(number) && seen.text == "\(number)" && seen.id == id,
        "What was saved as \"\(id.text.prefix(40))\" is not what is loaded.")
      try require(
        try await repository.filter { $0.id == id }.map(\.root.size) == [Int64(number)],
        "A filter finds another than \"\(id.text.prefix(40))\".")
    }
    for id in ids { try require(try await repository.delete(id), "\"\(id.text.prefix(40))\" was gone.") }
  }

  func savesMany(_ repository: some Repository<ContractArtifact>) async throws {
    try await repository.save(contentsOf: [])
    let artifacts = try (0..<1000).map { number in
      ContractArtifact(try ArtifactID("\(number % 700)")) { $0.root.size = Int64(number) }
    }
    try await repository.save(contentsOf: artifacts)
    try expect(try await repository.count(), 700, "The number of artifacts of which 300 were saved twice")
    try expect(try await repository.load("42").root.size, 742, "What was saved twice")
    try expect(try await repository.load("642").root.size, 642, "What was saved once")
  }

  func servesManyTasks(_ repository: some Repository<ContractArtifact>) async throws {
    let ids: [ArtifactID] = ["a", "b", "c", "d"]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<64 {
        group.addTask {
          let id = ids[task % ids.count]
          for round in 0..<10 {
            let number = task * 10 + round
            try await repository.save(
              ContractArtifact(id) {
                $0.root.size = Int64(number)
                $0.meta.labels = ["\(number)"]
                $0.text = "\(number)"
              })
            if task == 7, round == 5 { try await repository.delete(id) }
            for seen in try await repository.load(ids, parts: [\.$text]) {
              try require(
                seen.meta.labels == ["\(seen.root.size)"] && seen.text == seen.meta.labels[0],
                "\"\(seen.id)\" is of two saves: \(seen.root.size), \(seen.meta.labels) and \(seen.text ?? "none").")
            }
          }
        }
      }
      try await group.waitForAll()
    }
    try expect(try await repository.ids(), ids, "What is there in the end")
  }
}
