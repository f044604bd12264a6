import Testing

@testable import TadweenCore

/// What became of a run in which thousands of items failed (rule R9): said and looked at without a comparison of each
/// failure with every other.
@Suite("R9 The end of a run with many failures", .timeLimit(.minutes(1)))
struct RunEndTests {
  private let count = 20_000

  @Test("Items that fail in a sink surface each once, in the order of the items")
  func surfacing() throws {
    var run = try TestRun(.of("a b", "a*b"))
    run.succeed("a", widths: [count])
    for item in (0..<count).reversed() { run.fail("b", item) }
    #expect(run.failedStages == (0..<count).map { "b[\($0)]" })
    #expect(run.absorbedStages.isEmpty)
  }

  @Test("Those that a failure link took are absorbed, and one that passes through many sinks is one failure")
  func absorbed() throws {
    var run = try TestRun(.of("a b alert dead", "a*b", "b!alert", "b>dead"))
    run.succeed("a", widths: [count])
    for item in 0..<count {
      run.fail("b", item)
      run.succeed("alert", item)
    }
    #expect(run.failedStages.count == count)
    #expect(run.absorbedStages.isEmpty)

    var taken = try TestRun(.of("a b alert", "a*b", "b!alert"))
    taken.succeed("a", widths: [count])
    for item in 0..<count {
      taken.fail("b", item)
      taken.succeed("alert", item)
    }
    #expect(taken.outcome == .succeeded)
    #expect(taken.absorbedStages == (0..<count).map { "b[\($0)]" })
  }

  @Test("A complete run says what became of it any number of times, and its copy does too")
  func looks() throws {
    var run = try TestRun(.of("a b", "a*b"))
    run.succeed("a", widths: [count])
    for item in 0..<count {
      #expect(run.ledger.end == nil)
      run.fail("b", item)
    }
    let copy = run.ledger
    for _ in 0..<2_000 {
      guard case .failed(let failures) = copy.end?.outcome, failures.count == count else {
        Issue.record("the end is forgotten")
        return
      }
    }
  }
}
