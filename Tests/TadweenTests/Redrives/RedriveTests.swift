import Synchronization
import TadweenTesting
import Testing

@testable import Tadween

/// Rule R10: what failed is done again, and all that followed from it, and nothing else.
@Suite("R10: redrives", .timeLimit(.minutes(1))) struct RedriveTests {
  @Test("what failed is done again on its input, and what had succeeded is not", arguments: BrokerKind.allCases)
  func again(_ kind: BrokerKind) async throws {
    let (journal, isBroken) = (Journal(), Locked(true))
    try await withWorkflow(kind) { workflow in
      let a = try workflow.addStage("a") { (n: Int) in
        journal.write("a")
        return n + 1
      }
      let b = try workflow.addStage("b") { (n: Int, context: HandlerContext) in
        journal.write("b\(n) \(context.attempt) \(context.failures.count)")
        if isBroken.withLock({ $0 }) { throw Trouble("no") }
        return n * 10
      }
      let c = try workflow.addStage("c") { (n: Int) in
        journal.write("c")
        return n
      }
      try workflow.link(a, to: b)
      try workflow.link(b, to: c)
      return c
    } use: { workflow, c in
      let run = try await workflow.submit(1)
      await #expect(throws: TadweenError.self) { try await run.completion() }
      isBroken.withLock { $0 = false }
      let again = try await run.redrive()
      #expect(try await again.output(of: c) == 20)
      #expect(again.id == run.id && again.outcome == .succeeded)
      // The first handle keeps the end that it knew.
      guard case .failed = run.outcome else { return #expect(Bool(false), "\(String(describing: run.outcome))") }
    }
    #expect(journal.lines == ["a", "b2 1 0", "b2 1 0", "c"])
  }

  @Test("one item of a map is done again, and the others keep their outputs", arguments: BrokerKind.allCases)
  func item(_ kind: BrokerKind) async throws {
    let (journal, isBroken) = (Journal(), Locked(true))
    try await withWorkflow(kind) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.addStage("item") { (n: Int) in
        journal.write("item\(n)")
        if n == 1, isBroken.withLock({ $0 }) { throw Trouble("no") }
        return n * n
      }
      let book = try workflow.addStage("book") { (all: [Int]) in all }
      try workflow.link(split, toEach: item)
      try workflow.gather(item, into: book)
      return book
    } use: { workflow, book in
      let run = try await workflow.submit(3)
      _ = try await run.end()
      isBroken.withLock { $0 = false }
      let letters = try await workflow.deadLetters.list()
      #expect(letters.map(\.scope) == [ScopePath([1])] && letters.map(\.stage) == ["item"])
      let again = try await workflow.deadLetters.redrive(try #require(letters.first))
      #expect(try await again.output(of: book) == [0, 1, 4])
      #expect(try await workflow.deadLetters.count() == 0)
    }
    #expect(journal.lines.sorted() == ["item0", "item1", "item1", "item2"])
  }

  @Test("in a cancelled run, what the cancellation cut is done again", arguments: BrokerKind.allCases)
  func cancelled(_ kind: BrokerKind) async throws {
    let (journal, gate) = (Journal(), Latch<Void>())
    try await withWorkflow(kind) { workflow in
      let a = try workflow.addStage("a") { (n: Int) in
        journal.write("a")
        if journal.count(of: "a") == 1 { try await gate.wait() }
        return n
      }
      let b = try workflow.pass("b", Int.self)
      try workflow.link(a, to: b)
      return b
    } use: { workflow, b in
      let run = try await workflow.submit(1)
      try await journal.wait(for: "a")
      try await run.cancel()
      #expect(try await run.end().outcome == .cancelled)
      #expect(try await run.redrive().output(of: b) == 1)
      #expect(run.outcome == .cancelled)
      let error = try await tadweenError { _ = try await run.redrive() }
      #expect(error.code == .nothingToRedrive)
    }
    #expect(journal.lines == ["a", "a"])
  }

  @Test("two redrives of one join's parents at once are one outcome")
  func together() async throws {
    let (journal, isBroken) = (Journal(), Locked(true))
    try await withWorkflow { workflow in
      let start = try workflow.pass("start", Int.self)
      func parent(_ name: String) throws -> StageReference<Int, Int> {
        try workflow.addStage(name) { (n: Int) in
          if isBroken.withLock({ $0 }) { throw Trouble(name) }
          return n
        }
      }
      let (left, right) = (try parent("left"), try parent("right"))
      let sum = try workflow.addStage("sum") { (pair: [Int]) in
        journal.write("sum")
        return pair.reduce(0, +)
      }
      try workflow.link(start, to: left)
      try workflow.link(start, to: right)
      try workflow.join(left, right, into: sum) { [$0, $1] }
      return sum
    } use: { workflow, sum in
      for _ in 0..<50 {
        let run = try await workflow.submit(1)
        _ = try await run.end()
        isBroken.withLock { $0 = false }
        let letters = try await workflow.deadLetters.list(.init(run: run.id))
        #expect(letters.count == 2)
        let before = journal.lines.count
        let again = try await withThrowingTaskGroup(of: Run.self) { group in
          for letter in letters { group.addTask { try await workflow.deadLetters.redrive(letter) } }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        // Whichever came second: the run that it found may have been complete already, without its join.
        let last = try #require(again.max { $0.round < $1.round })
        #expect(try await last.output(of: sum) == 2)
        #expect(journal.lines.count == before + 1)
        isBroken.withLock { $0 = true }
      }
    }
  }

  @Test("a redriven run counts as unfinished, and a close waits for it")
  func unfinished() async throws {
    let (journal, gate) = (Journal(), Latch<Void>())
    let workflow = Workflow(name: "test")
    try workflow.addStage("a") { (_: Int) in
      journal.write("a")
      if journal.count(of: "a") == 1 { throw Trouble("no") }
      try await gate.wait()
    }
    try await workflow.build()
    let run = try await workflow.submit(1)
    _ = try await run.end()
    let again = try await run.redrive()
    try await journal.wait(for: "a", times: 2)
    #expect(try workflow.engine.intake.count == 1)
    let closing = Task { try await workflow.close() }
    await eventually { workflow.isClosing }
    gate.open(())
    try await closing.value
    #expect(again.outcome == .succeeded)
    await #expect(throws: TadweenError.self) { _ = try await again.redrive() }
  }

  @Test("what fails again in its next generation is another dead letter")
  func generations() async throws {
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (_: Int) in throw Trouble("no") }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      _ = try await run.end()
      let first = try #require(try await workflow.deadLetters.letter(of: run.id, stage: "a"))
      #expect(first.generation == 0)
      _ = try await workflow.deadLetters.redrive(first).end()
      let second = try #require(try await workflow.deadLetters.letter(of: run.id, stage: "a"))
      #expect(second.generation == 1)
      // The first is not the second, though it is the same activation.
      let error = try await tadweenError { _ = try await workflow.deadLetters.redrive(first) }
      #expect(error.code == .nothingToRedrive)
      let plan = try await workflow.deadLetters.plan(first)
      #expect(plan == nil)
    }
  }
}
