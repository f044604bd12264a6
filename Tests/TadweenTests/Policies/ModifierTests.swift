import Logging
import TadweenTesting
import Testing

@testable import Tadween

/// Modifiers of policies: they stack, in the order in which they are written.
@Suite(.timeLimit(.minutes(1))) struct ModifierTests {
  /// Writes down each hook that is called, under its name.
  struct Witness: PolicyModifier {
    typealias Input = Int
    typealias Output = Int

    let name: String
    let journal: Journal
    var interception = Interception<Int>.process
    var error: Trouble?

    func intercept(_ message: Message, in context: StageContext) async throws -> Interception<Int> {
      journal.write("\(name) intercept")
      return interception
    }
    func onQueued(_ message: Message, in context: StageContext) async throws { journal.write("\(name) queued") }
    func adjust(_ input: Int, for message: Message, in context: StageContext) async throws -> Int {
      journal.write("\(name) adjust \(input)")
      return input * 10 + 1
    }
    func onRunning(_ message: Message, in context: StageContext) async throws { journal.write("\(name) running") }
    func onDone(_ message: Message, in context: StageContext) async throws {
      journal.write("\(name) done")
      if let error { throw error }
    }
    func onSuccess(_ output: Int, for message: Message, in context: StageContext) async throws {
      journal.write("\(name) success \(output)")
    }
    func onError(_ error: AttemptError, for message: Message, in context: StageContext) async throws {
      journal.write("\(name) error")
      if let error = self.error { throw error }
    }
    func afterCommit(_ message: Message, in context: StageContext) async { journal.write("\(name) committed") }
  }

  @Test func actInTheOrderInWhichTheyAreWritten() async throws {
    let journal = Journal()
    let policy = StagePolicyBuilder<Int, Int>().resolveInput { _, _ in 5 }
      .modified(by: Witness(name: "a", journal: journal)).modified(by: Witness(name: "b", journal: journal))
    try await withWorkflow { workflow in
      try workflow.addStage("stage", policy: policy) { (n: Int) in n }
    } use: { workflow, stage in
      #expect(try await workflow.submit(0).output(of: stage) == 511)
      try await journal.wait(for: "b committed")
      #expect(
        journal.lines == [
          "a intercept", "b intercept", "a queued", "b queued", "a adjust 5", "b adjust 51", "a running", "b running",
          "a done", "b done", "a success 511", "b success 511", "a committed", "b committed",
        ])
    }
  }

  @Test func theFirstThatKeepsTheHandlerFromRunningDecides() async throws {
    let journal = Journal()
    let policy = DefaultPolicy<Int, Int>()
      .modified(by: Witness(name: "a", journal: journal, interception: .skip(with: 7, reason: "known", hooks: .all)))
      .modified(by: Witness(name: "b", journal: journal, interception: .cancel(reason: "never asked")))
    try await withWorkflow { workflow in
      try workflow.addStage("stage", policy: policy) { (n: Int) in n }
    } use: { workflow, stage in
      #expect(try await workflow.submit(0).output(of: stage) == 7)
      try await journal.wait(for: "b committed")
      #expect(
        journal.lines == [
          "a intercept", "a queued", "b queued", "a done", "b done", "a success 7", "b success 7", "a committed",
          "b committed",
        ])
    }
  }

  @Test func whatHappenedIsToldToAllWhateverTheFirstMakesOfIt() async throws {
    let journal = Journal()
    let policy = DefaultPolicy<Int, Int>()
      .modified(by: Witness(name: "a", journal: journal, error: Trouble("a")))
      .modified(by: Witness(name: "b", journal: journal))
    try await withWorkflow { workflow in
      try workflow.addStage("stage", policy: policy) { (n: Int) in n }
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(0).completion() }
      #expect(error.code == .policyFailed)
      #expect(error.hook == "onDone")
      try await journal.wait(for: "b committed")
      #expect(journal.lines.suffix(6) == ["a done", "b done", "a error", "b error", "a committed", "b committed"])
    }
  }

  @Test func timingTellsHowLongTheHandlerTookAndNothingElse() async throws {
    let clock = TestClock()
    let journal = Journal()
    let policy = StagePolicyBuilder<Int, Int>()
      .resolveInput { message, _ in
        clock.advance(by: .seconds(1))
        return try message.payload.converted()
      }
      .timing { duration, context in journal.write("\(context.stage) \(duration)") }
    try await withWorkflow(clock: clock) { workflow in
      try workflow.addStage("stage", policy: policy) { (n: Int) in
        clock.advance(by: .seconds(n))
        if n == 3 { throw Trouble("three") }
        return n
      }
    } use: { workflow, stage in
      _ = try await workflow.submit(2).output(of: stage)
      _ = try? await workflow.submit(3).output(of: stage)
      #expect(journal.lines == ["stage 2.0 seconds", "stage 3.0 seconds"])
    }
  }

  @Test func timingIsNotCalledWhereTheHandlerDidNotRun() async throws {
    let journal = Journal()
    let policy = StagePolicyBuilder<Int, Int>()
      .intercept { _, _ in .skip(with: 0, reason: "no", hooks: .all) }
      .timing { _, _ in journal.write("timed") }
    try await withWorkflow { workflow in
      try workflow.addStage("stage", policy: policy) { (n: Int) in n }
    } use: { workflow, stage in
      _ = try await workflow.submit(2).output(of: stage)
      #expect(journal.lines.isEmpty)
    }
  }

  @Test func failedAttemptsAreLoggedWithWhatBecomesOfThem() async throws {
    let log = Recorder.Log()
    let policy = DefaultPolicy<Int, Int>().loggingErrors(at: .critical, withMessages: false)
    let workflow = Workflow(name: "logged", logger: .recording(log))
    try workflow.addStage(
      "stage", policy: policy, options: .init(retry: .fixed(.zero, maxAttempts: 2))
    ) { (n: Int) -> Int in throw Trouble("a secret") }
    try await workflow.build()
    _ = try? await workflow.submit(1).completion()
    try await workflow.close()
    let entries = log.entries.filter { $0.metadata["tadween.error_type"] != nil }
    #expect(entries.map(\.level) == [.notice, .critical])
    #expect(entries.map { $0.metadata["tadween.attempt"] } == ["1", "2"])
    #expect(
      entries.allSatisfy { $0.metadata["tadween.error_type"] == "Trouble" && $0.metadata["tadween.kind"] == "handler" })
    #expect(!entries.contains { "\($0.metadata)".contains("secret") })
  }

  @Test func aSideEffectIsRetriedAloneWithTheSameKey() async throws {
    let journal = Journal()
    let policy = DefaultPolicy<Int, Int>().sideEffect { output, _, context in
      journal.write("sent \(output) \(context.idempotencyKey)")
      if context.attempt < 3 { throw Trouble("down") }
    }
    try await withWorkflow { workflow in
      try workflow.addStage(
        "stage", policy: policy, options: .init(retry: .fixed(.zero, maxAttempts: 3).onlyFor([.policy]))
      ) { (n: Int) in
        journal.write("ran")
        return n
      }
    } use: { workflow, stage in
      let output = try await workflow.submit(4).output(of: stage)
      #expect(output == 4)
      #expect(journal.count(of: "ran") == 1)
      let sent = journal.lines.filter { $0.hasPrefix("sent") }
      #expect(sent.count == 3)
      #expect(Set(sent).count == 1)
    }
  }
}
