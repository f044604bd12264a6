import Tadween
import Testing

/// Rule R5: one output becomes many activations, and their outputs are collected in order.
@Suite(.timeLimit(.minutes(1))) struct MapTests {
  @Test("R5: outputs are gathered in the order of the items, whichever is done first", arguments: BrokerKind.allCases)
  func order(_ kind: BrokerKind) async throws {
    let rest = Gate()
    try await withWorkflow(kind) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.addStage("item", options: .init(taskQueue: .concurrent(2))) { (n: Int) in
        // The first one is the last to be done.
        if n == 0 { await rest.arrivals(9) } else { rest.arrive() }
        return n * n
      }
      let end = try workflow.pass("end", [Int].self)
      try workflow.link(split, toEach: item)
      try workflow.gather(item, into: end)
      return end
    } use: { workflow, end in
      let run = try await workflow.submit(10)
      #expect(try await run.output(of: end) == (0..<10).map { $0 * $0 })
    }
  }

  @Test("R5: one item that fails kills a gather of plain values; the others ran", arguments: BrokerKind.allCases)
  func oneFails(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.addStage("item") { (n: Int) in
        if n == 1 { throw Trouble("broken") }
        journal.write("\(n)")
      }
      let end = try workflow.addStage("end") { (_: [Void]) in journal.write("end") }
      try workflow.link(split, toEach: item)
      try workflow.gather(item, into: end)
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(4).completion() }
      #expect(error.failures.map(\.stage) == ["item"] && error.failures.map(\.scope.indices) == [[1]])
      #expect(journal.lines == ["0", "2", "3"])
    }
  }

  private struct Recording: Codable {
    let title: String
    let chunks: [Int]
  }

  @Test("R5: the targets of one call see the same items, and may be joined there", arguments: BrokerKind.allCases)
  func twoTargets(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let split = try workflow.pass("split", Recording.self)
      let double = try workflow.addStage("double") { (n: Int) in n * 2 }
      let name = try workflow.addStage("name") { (n: Int, context: HandlerContext) in "\(context.scope)\(n)" }
      let pair = try workflow.pass("pair", String.self)
      let end = try workflow.pass("end", [String].self)
      try workflow.link(split, toEach: double, name, of: \.chunks)
      try workflow.join(double, name, into: pair) { "\($1)=\($0)" }
      try workflow.gather(pair, into: end)
      return end
    } use: { workflow, end in
      let run = try await workflow.submit(Recording(title: "talk", chunks: [7, 8, 9]))
      #expect(try await run.output(of: end) == ["[0]7=14", "[1]8=16", "[2]9=18"])
    }
  }

  @Test("R4: gathered outputs are one argument of a join, beside a parent outside", arguments: BrokerKind.allCases)
  func gathered(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let split = try workflow.pass("split", Recording.self)
      let item = try workflow.addStage("item") { (n: Int) in "\(n)" }
      let title = try workflow.addStage("title") { (recording: Recording) in recording.title }
      let end = try workflow.pass("end", String.self)
      try workflow.link(split, toEach: item, of: \.chunks)
      try workflow.link(split, to: title)
      try workflow.join(item.gathered, title, into: end) { "\($1): \($0.joined(separator: " "))" }
      return end
    } use: { workflow, end in
      let talk = try await workflow.submit(Recording(title: "talk", chunks: [7, 8]))
      #expect(try await talk.output(of: end) == "talk: 7 8")
      // R4: gathered, it counts as succeeded though it is empty.
      let silence = try await workflow.submit(Recording(title: "silence", chunks: []))
      #expect(try await silence.output(of: end) == "silence: ")
    }
  }

  @Test("R5: maps nest, and each gather closes the innermost", arguments: BrokerKind.allCases)
  func nested(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let rows = try workflow.pass("rows", [[Int]].self)
      let row = try workflow.pass("row", [Int].self)
      let cell = try workflow.addStage("cell") { (n: Int, context: HandlerContext) in "\(context.scope)\(n)" }
      let line = try workflow.addStage("line") { (cells: [String]) in cells.joined(separator: " ") }
      let table = try workflow.pass("table", [String].self)
      try workflow.link(rows, toEach: row)
      try workflow.link(row, toEach: cell)
      try workflow.gather(cell, into: line)
      try workflow.gather(line, into: table)
      return table
    } use: { workflow, table in
      let run = try await workflow.submit([[5, 6], [], [7]])
      // A row of no cells is a line all the same.
      #expect(try await run.output(of: table) == ["[0][0]5 [0][1]6", "", "[2][0]7"])
      let empty = try await workflow.submit([[Int]]())
      #expect(try await empty.output(of: table) == [])
    }
  }

  @Test("R5: a failure in an inner item reaches the outer gather at its row's place", arguments: BrokerKind.allCases)
  func nestedFailure(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let rows = try workflow.pass("rows", [[Int]].self)
      let row = try workflow.pass("row", [Int].self)
      let cell = try workflow.addStage("cell") { (n: Int) in if n < 0 { throw Trouble("below zero") } else { n } }
      let sum = try workflow.addStage("sum") { (cells: [Int]) in "\(cells.reduce(0, +))" }
      let table = try workflow.pass("table", [String].self)
      try workflow.link(rows, toEach: row)
      try workflow.link(row, toEach: cell)
      try workflow.gather(cell, into: sum)
      try workflow.gather(sum, into: table, .outcome) { $0.map { $0.failure.map { "\($0.scope)" } ?? $0.word } }
      return table
    } use: { workflow, table in
      let run = try await workflow.submit([[1, 2], [3, -4, 5], [6]])
      #expect(try await run.output(of: table) == ["3", "[1][1]", "6"])
    }
  }
}
