import Testing

@testable import TadweenCore

/// One test a rule, in the smallest run that shows it. That the rules hold in every run is for the model check to say.
@Suite("The rules")
struct RuleTests {
  @Test("R1 Outcome: each ending is one class, and an activation ends once")
  func r1Outcome() throws {
    let draft = GraphDraft.of("a b", "a>b").joining("b", needs: ["a": .outcome])
    for (ending, seen) in [
      (Ending.succeeded(Success(.nothing)), "succeeded"), (.failed(TestRun.failure(of: "a")), "failed"),
      (.cancelled(nil), "cancelled"),
    ] {
      var run = try TestRun(draft)
      let disposition1 = run.commit(run.key("a", []), ending)
      #expect(disposition1 == .applied)
      #expect(run.tokens(into: "b") == [seen])
      let disposition2 = run.commit(run.key("a", []), .failed(TestRun.failure(of: "a")))
      #expect(disposition2 == .repeated)
      #expect(run.startedNames == ["a", "b"])
    }
    // A branch that its policy cancelled was not taken; a join does not fire on that alone.
    var skipped = try TestRun(draft)
    skipped.skip("a")
    #expect(skipped.startedNames == ["a"])
    #expect(skipped.outcome == .succeeded)
  }

  @Test("R2 Tokens: exactly one on every link, so a join has them all whatever died above it")
  func r2Tokens() throws {
    // b dies of a's failure, c of b's end; the failure link has a's failure, d has every class at once.
    let draft = GraphDraft.of("a b c alert d", "a>b", "b>c", "a!alert", "a>d", "c>d", "alert>d")
      .joining("d", needs: ["a": .outcome, "c": .outcome, "alert": .outcome])
    var run = try TestRun(draft)
    run.fail("a")
    #expect(run.tokens(into: "alert") == ["caught"])
    #expect(run.open == ["alert"])
    run.succeed("alert")
    #expect(run.tokens(into: "d") == ["failed", "failed", "succeeded"])
    run.succeed("d")
    #expect(run.outcome == .succeeded)
    #expect(run.absorbedStages == ["a"])

    // A failure link takes only its own stage's failure, not one that was passed on.
    var passed = try TestRun(.of("a b alert", "a>b", "b!alert"))
    passed.fail("a")
    #expect(passed.startedNames == ["a"])
    #expect(passed.failedStages == ["a"])

    // notTaken < cancelled < failed
    for (ends, worst) in [
      (["skip", "skip"], "notTaken"), (["skip", "fail"], "failed"), (["fail", "skip"], "failed"),
    ] {
      let draft = GraphDraft.of("a b c d e", "a>b", "a>c", "b>d", "c>d", "d>e").joining("d")
        .joining("e", needs: ["d": .outcome])
      var run = try TestRun(draft)
      run.succeed("a")
      for (stage, end) in zip(["b", "c"], ends) { _ = end == "skip" ? run.skip(stage) : run.fail(stage) }
      #expect(run.tokens(into: "e") == (worst == "notTaken" ? [] : [worst]))
    }
  }

  @Test("R3 Locality: a join looks at its own links, not at what happened above them")
  func r3Locality() throws {
    // b failed and its failure was taken; join d asks alert and c, and is met.
    let draft = GraphDraft.of("a b alert c d", "a>b", "b!alert", "a>c", "alert>d", "c>d").joining("d")
    var run = try TestRun(draft)
    run.succeed("a")
    run.fail("b")
    run.succeed("c")
    run.succeed("alert")
    #expect(run.tokens(into: "d") == ["succeeded", "succeeded"])
  }

  @Test("R9 Completion: said once, when nothing is left; sinks decide, and what was taken is listed")
  func r9Completion() throws {
    var run = try TestRun(.of("a b c", "a>b", "a>c"))
    run.succeed("a")
    run.succeed("b")
    #expect(run.ends.isEmpty)
    #expect(!run.ledger.isComplete)
    run.fail("c")
    #expect(run.ends.count == 1)
    #expect(run.failedStages == ["c"])
    #expect(run.ends[0].outputs.map { run.graph[$0.activation.stage].name } == ["b"])
    let disposition3 = run.fail("c")
    #expect(disposition3 == .repeated)
    run.cancel()
    #expect(run.ends.count == 1)

    // A sink whose failure its failure link took does not fail the run.
    var caught = try TestRun(.of("a alert", "a!alert"))
    caught.fail("a")
    caught.succeed("alert")
    #expect(caught.outcome == .succeeded)
    #expect(caught.absorbedStages == ["a"])

    // Entries that were not addressed put notTaken on their links in the same commit.
    let two = GraphDraft.of("a b c", "a>c", "b>c").joining("c", needs: ["a": .ifTaken, "b": .ifTaken])
    var entries = try TestRun(two, at: "b")
    entries.succeed("b")
    #expect(entries.tokens(into: "c") == ["notTaken", "succeeded"])

    // The first failure cancels the run, absorbed or not.
    var fatal = GraphDraft.of("a b c alert", "a>b", "a>c", "b!alert")
    fatal.cancelsRunOnFailure = true
    var strict = try TestRun(fatal)
    strict.succeed("a")
    strict.begin("b")
    strict.fail("b")
    #expect(strict.failedStages == ["b"])
    #expect(strict.startedNames == ["a", "b", "c"])
  }

  @Test("R12 Cancellation: what is ready is cut, what runs is told, clean-up waits for both")
  func r12Cancellation() throws {
    let draft = GraphDraft.of("a b c cleanup", "a>b", "a>c", "b>cleanup", "c>cleanup")
      .joining("cleanup", needs: ["b": .outcome, "c": .outcome]).sparing("cleanup")
    var run = try TestRun(draft)
    run.succeed("a")
    run.begin("b")
    run.cancel()
    #expect(run.interrupted == ["b"])
    #expect(run.open == ["b"])
    let disposition4 = run.commit(run.key("c", []), .succeeded(Success(.nothing)))
    #expect(disposition4 == .stale)
    run.fail("b")
    #expect(run.tokens(into: "cleanup") == ["cancelled", "cancelled"])
    run.succeed("cleanup")
    #expect(run.outcome == .cancelled)
    #expect(run.absorbedStages == [])

    // One that returns has succeeded; where the flag cut nothing short, so has the run.
    var late = try TestRun(.of("a"))
    late.begin("a")
    late.cancel()
    late.succeed("a")
    #expect(late.outcome == .succeeded)

    // A join that dies keeps its class: a failure does not vanish in a cancellation.
    var failed = try TestRun(.of("a b c d", "a>b", "a>c", "b>d", "c>d").joining("d"))
    failed.succeed("a")
    failed.fail("b")
    failed.cancel()
    #expect(failed.failedStages == ["b"])
  }

  @Test("R12 Cancellation: what somebody ends while it waits cancels the run where a sink feels it, and is redriven")
  func r12CancelledAlone() throws {
    func cancel(_ stage: String, _ scope: Int..., in run: inout TestRun) {
      let disposition = run.commit(run.key(stage, scope), .cancelled(nil))
      #expect(disposition == .applied)
    }
    // A sink, and one that has to do without its value.
    for (draft, stage) in [(GraphDraft.of("a b", "a>b"), "b"), (.of("a b c", "a>b", "b>c"), "b")] {
      var run = try TestRun(draft)
      run.succeed("a")
      cancel(stage, in: &run)
      #expect(run.outcome == .cancelled)
      let redrive = run.redrive()
      #expect(redrive.reopened == [run.key("b", []).activation])
      for stage in run.graph.stages.map(\.name).dropFirst() {
        let key = DeliveryKey(activation: run.key(stage, []).activation, generation: 1)
        let disposition = run.commit(key, .succeeded(Success(.nothing)))
        #expect(disposition == .applied)
      }
      #expect(run.outcome == .succeeded)
    }

    // A join that takes outcomes; what it has had is kept for a redrive.
    let draft = GraphDraft.of("a b c d", "a>b", "a>c", "b>d", "c>d")
      .joining("d", needs: ["b": .outcome, "c": .value])
    var run = try TestRun(draft)
    run.succeed("a")
    cancel("b", in: &run)
    run.succeed("c")
    #expect(run.tokens(into: "d") == ["cancelled", "succeeded"])
    run.succeed("d")
    #expect(run.outcome == .succeeded)
    let redrive = run.redrive()
    #expect(redrive.reopened.count == 1 && redrive.takenBack.count == 1)
    let key = DeliveryKey(activation: run.key("b", []).activation, generation: 1)
    let disposition = run.commit(key, .succeeded(Success(.nothing)))
    #expect(disposition == .applied)
    #expect(run.tokens(into: "d") == ["succeeded", "succeeded"])

    // A failure is worse; and a redrive of that failure alone leaves it as it is.
    var both = try TestRun(.of("a b c", "a>b", "a>c"))
    both.succeed("a")
    cancel("b", in: &both)
    both.fail("c")
    #expect(both.failedStages == ["c"])
    let letters = [DeadLetter.ID(both.key("c", []).activation)]
    let chosen = both.redrive(letters)
    #expect(chosen.reopened == [both.key("c", []).activation])
    let again = DeliveryKey(activation: both.key("c", []).activation, generation: 1)
    let succeeded = both.commit(again, .succeeded(Success(.nothing)))
    #expect(succeeded == .applied)
    #expect(both.outcome == .cancelled)

    // The flag comes later and cuts nothing; the sink that dies then was cut all the same.
    var later = try TestRun(.of("a b c d", "a>b", "a>c", "b>d", "c>d").joining("d"))
    later.succeed("a")
    later.begin("c")
    cancel("b", in: &later)
    later.cancel()
    later.succeed("c")
    #expect(later.outcome == .cancelled)

    // A map that never opens: its sinks feel it.
    var map = try TestRun(.of("a b", "a*b"))
    cancel("a", in: &map)
    #expect(map.outcome == .cancelled)
  }

  @Test("R13 Timeouts: a run whose time is over is cancelled, and has failed of that")
  func r13RunTimeout() throws {
    let cause = Failure(kind: .timeout, typeName: "Timeout", messages: ["too long"], stage: "")
    let draft = GraphDraft.of("a b cleanup", "a>b", "b>cleanup")
      .joining("cleanup", needs: ["b": .outcome]).sparing("cleanup")
    var run = try TestRun(draft)
    run.begin("a")
    run.cancel(because: cause)
    #expect(run.interrupted == ["a"])
    run.fail("a")
    #expect(run.open == ["cleanup"])
    run.succeed("cleanup")
    #expect(run.outcome == .failed([cause]))
    #expect(run.absorbedStages == [])

    // Whatever was cut runs again, and nothing is left of the cause.
    let redrive = run.redrive()
    #expect(redrive.reopened == [run.key("a", []).activation] && redrive.reopensRun)
    for stage in ["a", "b", "cleanup"] {
      let key = DeliveryKey(activation: run.key(stage, []).activation, generation: 1)
      let disposition = run.commit(key, .succeeded(Success(.nothing)))
      #expect(disposition == .applied)
    }
    #expect(run.outcome == .succeeded)

    // The cause comes first, before what clean-up fails of.
    var failing = try TestRun(draft)
    failing.cancel(because: cause)
    failing.fail("cleanup")
    #expect(failing.outcome == .failed([cause, TestRun.failure(of: "cleanup")]))

    // It was too late, even where the flag cuts nothing short; what came of it is kept.
    var late = try TestRun(.of("a"))
    late.begin("a")
    late.cancel(because: cause)
    late.succeed("a")
    #expect(late.outcome == .failed([cause]) && late.ends[0].outputs.count == 1)
    let nothing = late.redrive()
    #expect(nothing.isEmpty)

    // The first cancel counts.
    var cancelled = try TestRun(.of("a"))
    cancelled.begin("a")
    cancelled.cancel()
    cancelled.cancel(because: cause)
    cancelled.fail("a")
    #expect(cancelled.outcome == .cancelled)
  }

  @Test("R6 Unit of work: a commit that names anything but the delivery that is out changes nothing")
  func r6StaleCommits() throws {
    var run = try TestRun(.of("a b", "a>b"))
    run.begin("a")
    let before = run.state
    let activation = run.key("a", []).activation
    for key in [
      DeliveryKey(activation: activation, generation: 1), DeliveryKey(activation: activation, attempt: 2),
      DeliveryKey(activation: activation, number: 2), run.key("b", []),
    ] {
      let disposition5 = run.commit(key, .succeeded(Success(.nothing)))
      #expect(disposition5 == .stale)
    }
    #expect(run.state == before)
    let disposition6 = run.succeed("a")
    #expect(disposition6 == .applied)
    let after = run.state
    let disposition7 = run.succeed("a")
    #expect(disposition7 == .repeated)
    let beganAgain = run.begin("a")
    #expect(!beganAgain)
    #expect(run.state == after)
    #expect(run.startedNames == ["a", "b"])
  }
}
