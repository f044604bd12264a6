import Testing

@testable import Tadween

/// A payload may call back when it goes: nobody holds a lock then. It would stop the program here, or hang elsewhere.
@Suite(.timeLimit(.minutes(1))) struct LastCallTests {
  /// A value that makes a call when it goes.
  private final class Caller: Sendable {
    private let call: @Sendable () -> Void
    init(_ call: @escaping @Sendable () -> Void) { self.call = call }
    deinit { call() }
  }

  @Test func whatARedriveTakesBackLooksAtItsRun() async throws {
    let (run, isBroken) = (Locked<Run?>(nil), Locked(true))
    let journal = Journal()
    try await withWorkflow { workflow in
      let first = try workflow.addStage("first") { (n: Int) in
        if isBroken.withLock({ $0 }) { throw Trouble("it broke") }
        return n
      }
      // A sink: the run keeps what it puts out, until that is taken back.
      let rescue = try workflow.addStage("rescue") { (_: Failure) in
        Caller { journal.write("gone, in round \(run.withLock { $0 }?.ticket.round ?? -1)") }
      }
      try workflow.link(failureOf: first, to: rescue)
      return first
    } use: { workflow, first in
      let submitted = try await workflow.submit(2, to: first)
      run.withLock { $0 = submitted }
      #expect(try await submitted.end().outputs.count == 1)
      isBroken.withLock { $0 = false }
      _ = try await submitted.redrive().end()
      run.withLock { $0 = nil }
    }
    // The first round's end holds it, as long as somebody holds the run.
    try await journal.wait(forLines: 1)
  }

  @Test func whatTheBrokerRemembersNoLongerAsksTheBroker() async throws {
    let broker = InMemoryBroker(remembered: 1)
    let journal = Journal()
    let workflow = Workflow(name: "calling", broker: broker)
    let first = try workflow.addStage("first") { (_: Caller) in 1 }
    try workflow.link(first, to: try workflow.pass("second", Int.self))
    try await workflow.build()
    let caller = { Caller { journal.write("gone, and the broker answers: \((try? broker.submit([])) != nil)") } }
    try await workflow.submit(caller(), to: first, id: "a").completion()
    try await workflow.submit(Caller {}, to: first, id: "b").completion()
    try await journal.wait(for: "gone, and the broker answers: true")
    try await workflow.close()
  }
}
