import Tadween
import Testing

/// Rule R5: a dead token on the map link ends the map as a whole.
@Suite(.timeLimit(.minutes(1))) struct DeadMapTests {
  /// What becomes of the stage that a map opens from.
  enum Source: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case fails, isLeftOut, isCancelledByItsPolicy
    var testDescription: String { rawValue }
  }

  /// What ran, and how the run ended, in a map with everything in it that would run if it could.
  private func run(_ kind: BrokerKind, _ source: Source) async throws -> (lines: [String], end: RunEnd) {
    let journal = Journal()
    let policy = StagePolicyBuilder<Int, [Int]>().intercept { _, _ in
      source == .isCancelledByItsPolicy ? .cancel(reason: "not today") : .process
    }
    var end: RunEnd?
    try await withWorkflow(kind) { workflow in
      let root = try workflow.pass("root", Int.self)
      let split = try workflow.addStage("split", policy: policy) { (n: Int) -> [Int] in
        if source == .fails { throw Trouble("broken") }
        return Array(0..<n)
      }
      let note = { (name: String) in
        try workflow.addStage(name) { (_: String) in
          journal.write(name)
          return name
        }
      }
      let item = try workflow.addStage("item") { (n: Int) in
        journal.write("item")
        return "\(n)"
      }
      let (any, sink, end) = (try note("any"), try note("sink"), try note("end"))
      try workflow.link(root, to: split, when: { _ in source != .isLeftOut })
      try workflow.link(split, toEach: item)
      try workflow.join(item.outcome, into: any) { $0.word }
      try workflow.join(any.outcome, into: sink) { $0.word }
      try workflow.gather(any, into: end, .outcome) { "\($0.count)" }
      let beside = try workflow.pass("beside", Int.self)
      let report = try workflow.addStage("report") { (word: String) in journal.write("report of \(word)") }
      try workflow.link(root, to: beside)
      try workflow.join(end.outcome, beside, into: report) { outcome, _ in outcome.word }
    } use: { workflow, _ in
      end = try await workflow.submit(3).end()
    }
    return (journal.lines, try #require(end))
  }

  @Test(
    "R5: nothing inside a map whose source failed runs; gathers and sinks get the failure once",
    arguments: BrokerKind.allCases)
  func failed(_ kind: BrokerKind) async throws {
    let (lines, end) = try await run(kind, .fails)
    #expect(lines == ["report of split!"])
    // The sink inside the map is one, and not one an item.
    guard case .failed(let failures) = end.outcome else { throw Trouble("\(end.outcome)") }
    #expect(failures.map(\.stage) == ["split"])
  }

  @Test(
    "R5: nothing inside a map whose source was not taken runs; gathers and sinks are not taken",
    arguments: BrokerKind.allCases, [Source.isLeftOut, .isCancelledByItsPolicy])
  func notTaken(_ kind: BrokerKind, _ source: Source) async throws {
    let (lines, end) = try await run(kind, source)
    #expect(lines == ["report of -"])
    #expect(end.outcome == .succeeded && end.absorbed.isEmpty)
  }

  @Test("R5: an inner map that dies is one failed item of the outer one", arguments: BrokerKind.allCases)
  func inner(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let rows = try workflow.pass("rows", [Int].self)
      let row = try workflow.addStage("row") { (width: Int) in
        if width < 0 { throw Trouble("below zero") }
        return Array(0..<width)
      }
      let cell = try workflow.pass("cell", Int.self)
      let line = try workflow.addStage("line") { (cells: String) in cells }
      let table = try workflow.pass("table", [String].self)
      try workflow.link(rows, toEach: row)
      try workflow.link(row, toEach: cell)
      try workflow.gather(cell, into: line, .outcome) { "\($0.count)" }
      try workflow.gather(line, into: table, .outcome) { $0.map(\.word) }
      return table
    } use: { workflow, table in
      let run = try await workflow.submit([2, -1, 0])
      #expect(try await run.output(of: table) == ["2", "row!", "0"])
    }
  }
}
