import Tadween
import Testing

/// Limits and times that leave nothing to do anything with or in: the stage, the value and the remedy are named.
@Suite(.timeLimit(.minutes(1))) struct LimitMistakeTests {
  struct Wrong: Sendable, CustomTestStringConvertible {
    let option: String
    let value: String
    let remedy: String
    let options: StageOptions
    var testDescription: String { "\(option): \(value)" }

    init(_ option: String, _ value: String, _ remedy: String, _ options: StageOptions) {
      (self.option, self.value, self.remedy, self.options) = (option, value, remedy, options)
    }
  }

  private struct Idle: TaskQueue {
    let workers: Int
  }

  static let wrong: [Wrong] = [0, -1].flatMap { number -> [Wrong] in
    let time = Duration.seconds(number)
    let queue = Idle(workers: number)
    return [
      Wrong("taskQueue", "\(number) workers", "at least 1", .init(taskQueue: queue)),
      Wrong("rate", "allows \(number) starts", "at least 1", .init(rate: RateLimit(number))),
      Wrong("rate", "\(number) starts at once", "at least 1", .init(rate: RateLimit(1, burst: number))),
      Wrong("rate", "\(time)", "more than nought", .init(rate: RateLimit(1, per: time))),
      Wrong(
        "concurrencyKey", "\(number) of a key", "at least 1",
        .init(concurrencyKey: ConcurrencyKey(limit: number) { (n: Int) in "\(n)" })),
      Wrong("timeout", "\(time)", "more than nought, or none", .init(timeout: time)),
      Wrong("queueTimeout", "\(time)", "more than nought, or none", .init(queueTimeout: time)),
      Wrong("park", "\(time)", "more than nought, or none", .init(park: Park(for: time))),
      Wrong(
        "deferral", "\(time)", "more than nought, or none",
        .init(deferral: Deferral(while: { _ in true }, timeout: time))),
    ]
  }

  @Test(arguments: wrong) func isRefusedByBuild(_ wrong: Wrong) async throws {
    let (issues, text) = try await mistakes { workflow in
      try workflow.pass("asr", Int.self, options: wrong.options)
    }
    #expect(issues.count == 1 && text.contains("\"\(wrong.option)\" of stage \"asr\""), "\(text)")
    #expect(text.contains(wrong.value) && text.contains(wrong.remedy), "\(text)")
  }

  @Test(arguments: [Duration.zero, .seconds(-1)]) func aLifetimeOfNothingIsRefused(_ lifetime: Duration) async throws {
    let workflow = Workflow(name: "brief", lifetime: lifetime)
    try workflow.pass("asr", Int.self)
    let error = try await tadweenError { try await workflow.build() }
    #expect(error.code == .invalidGraph && error.message.contains("lifetime is \(lifetime)"))
    #expect(error.message.contains("more than nought, or none"))
  }

  @Test(arguments: [(-1, 0, "-1 finished runs"), (0, -1, "-1 runs with dead letters")])
  func aBrokerCannotRememberLessThanNothing(_ remembered: Int, _ letters: Int, _ words: String) async throws {
    let workflow = Workflow(
      name: "forgetful", broker: InMemoryBroker(remembered: remembered, deadLetters: letters))
    try workflow.pass("asr", Int.self)
    let error = try await tadweenError { try await workflow.build() }
    #expect(error.code == .invalidArgument)
    #expect(error.message.contains(words) && error.message.contains("at least 0"), "\(error)")
  }

  @Test func aListOfLessThanNothingIsEmpty() async throws {
    try await withWorkflow { workflow in
      try workflow.addStage("asr", options: .init(park: Park(for: .seconds(60)))) { (_: Int) in throw Trouble("no") }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      while try await workflow.parked.list().isEmpty { await Task.yield() }
      #expect(try await workflow.parked.list(limit: -1).isEmpty)
      try await workflow.parked.decide(try #require(try await workflow.parked.list().first), .fail)
      _ = try await run.end()
      #expect(try await workflow.deadLetters.list(limit: -1).isEmpty)
      #expect(try await workflow.deadLetters.count() == 1)
    }
  }
}
