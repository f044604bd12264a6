import Tadween
import Testing

/// Trap 4: a fan-out that fails midway leaves nothing behind that waits for the rest of it.
@Suite(.timeLimit(.minutes(1))) struct FanOutTrapTests {
  /// Encodes unless it is the thirteenth.
  private struct Page: Codable, Equatable {
    let number: Int
    func encode(to encoder: any Encoder) throws {
      if number == 13 { throw Trouble("page 13 cannot be encoded") }
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(number, forKey: .number)
    }
  }

  @Test("trap 4: an item that cannot be encoded fails its map as a whole, and the run is complete")
  func map() async throws {
    let journal = Journal()
    try await withWorkflow(.roundTrip) { workflow in
      let split = try workflow.addStage("split") { (count: Int) in (0..<count).map { Page(number: $0) } }
      let read = try workflow.addStage("read") { (page: Page) in page.number }
      let bind = try workflow.addStage("bind") { (numbers: [Int]) in numbers.count }
      let report = try workflow.addStage("report") { (line: String) in journal.write(line) }
      try workflow.link(split, toEach: read)
      try workflow.gather(read, into: bind)
      try workflow.join(split.outcome, bind.outcome, into: report) { split, bind in
        "\(split.failure?.kind.name ?? "?") \(bind.failure?.stage ?? "?")"
      }
      return bind
    } use: { workflow, bind in
      let bad = try await workflow.submit(20)
      let end = try await bad.end()
      #expect(end.outcome == .succeeded && end.absorbed.map(\.stage) == ["split"])
      #expect(journal.lines == ["routing split"])
      try await workflow.waitUntilIdle()
      // What failed keeps nothing that the next run would need.
      try await workflow.submit(13).completion()
      #expect(journal.lines.count == 2)
    }
  }

  @Test("trap 4: an item whose output cannot be encoded fails alone")
  func item() async throws {
    try await withWorkflow(.roundTrip) { workflow in
      let split = try workflow.addStage("split") { (count: Int) in Array(0..<count) }
      let make = try workflow.addStage("make") { (number: Int) in Page(number: number) }
      let bind = try workflow.addStage("bind") { (failed: [Int]) in failed }
      try workflow.link(split, toEach: make)
      try workflow.gather(make, into: bind, .outcome) { pages in
        pages.indices.filter { pages[$0].failure?.kind == .routing }
      }
      return bind
    } use: { workflow, bind in
      let run = try await workflow.submit(20)
      #expect(try await run.output(of: bind) == [13])
    }
  }

  @Test("trap 4: an output that cannot be encoded reaches none of several links, and the run is complete")
  func links() async throws {
    let journal = Journal()
    try await withWorkflow(.roundTrip) { workflow in
      let make = try workflow.addStage("make") { (number: Int) in Page(number: number) }
      let targets = try ["a", "b", "c"].map { name in
        try workflow.addStage(name) { (_: Page) in journal.write(name) }
      }
      for target in targets { try workflow.link(make, to: target) }
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(13).completion() }
      #expect(error.code == .routingFailed && error.failures.map(\.stage) == ["make"])
      try await workflow.waitUntilIdle()
      #expect(journal.lines.isEmpty)
      try await workflow.submit(14).completion()
      #expect(journal.lines.sorted() == ["a", "b", "c"])
    }
  }

  @Test("trap 4: of several links, one whose transform throws fails its own target", arguments: BrokerKind.allCases)
  func transforms(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let source = try workflow.pass("source", Int.self)
      for name in ["a", "b", "c"] {
        let target = try workflow.addStage(name) { (_: Int) in journal.write(name) }
        try workflow.link(source, to: target) { (number: Int) in
          if name == "b" { throw Trouble("not for b") }
          return number
        }
      }
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(1).completion() }
      #expect(error.failures.map(\.stage) == ["b"])
      #expect(journal.lines.sorted() == ["a", "c"])
    }
  }
}
