import Tadween
import Testing

/// What a failure says of the error, and of those beneath it.
@Suite(.timeLimit(.minutes(1))) struct FailureMessageTests {
  private func failure(of error: any Error & Sendable, hook: Bool = false) async throws -> Failure {
    var failure: Failure?
    try await withWorkflow { workflow in
      let policy = StagePolicyBuilder<Int, Int>().onRunning { _, _ in if hook { throw error } }
      return try workflow.addStage("a", policy: policy) { (_: Int) -> Int in throw error }
    } use: { workflow, _ in
      failure = try await tadweenError { try await workflow.submit(1).completion() }.failures.first
    }
    return try #require(failure)
  }

  @Test func theErrorsBeneathAreSaidOutermostFirst() async throws {
    let disk = TadweenError(.invalidArgument, "The disk is full.", underlying: Trouble("no space on /var"))
    let failure = try await failure(of: TadweenError(.handlerFailed, "The model was not saved.", underlying: disk))
    #expect(failure.messages == ["The model was not saved.", "The disk is full.", "no space on /var"])
    #expect(failure.typeName == "TadweenError")
    #expect(failure.description.hasSuffix("The model was not saved.: The disk is full.: no space on /var"))
  }

  @Test func whatIsQuotedAboveIsNotSaidAgain() async throws {
    let cause = Trouble("no space")
    let failure = try await failure(of: TadweenError(.handlerFailed, "Not saved: \(cause)", underlying: cause))
    #expect(failure.messages == ["Not saved: no space"])
  }

  @Test func aHooksChainBeginsWithTheHook() async throws {
    let error = TadweenError(.policyFailed, "No licence.", underlying: Trouble("expired"))
    #expect(try await failure(of: error, hook: true).messages == ["onRunning threw", "No licence.", "expired"])
  }

  /// A conversion names the field itself; the coding error beneath it, which may quote the payload, is not repeated.
  @Test func aConversionIsSaidOnce() async throws {
    try await withWorkflow { workflow in
      try workflow.pass("a", [String: Int].self)
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(["n": "hidden"]).completion() }
      #expect(error.failures.first?.messages.count == 1 && !error.message.contains("hidden"))
    }
  }

  @Test func whatNamesTheAttemptIsInTheError() async throws {
    let keys = Locked([String]())
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (n: Int, context: HandlerContext) in
        keys.withLock { $0.append(context.idempotencyKey) }
        if n == 1 { throw Trouble("broken") }
      }
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(1).completion() }
      #expect(error.attempt == 1 && error.hook == nil && error.stage == "a")
      #expect(error.messageID?.description == keys.withLock { $0.last })
    }
    let hook = try await failure(of: Trouble("no"), hook: true)
    #expect(hook.hook == "onRunning" && hook.kind == .policy && hook.message != nil)
  }

  @Test(arguments: BrokerKind.allCases) func whatDoesNotFitNamesItsSource(_ kind: BrokerKind) async throws {
    struct Track: Codable, Sendable { var title: String }
    struct Song: Codable, Sendable { var name: String }
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("read") { (n: Int) in Track(title: "\(n)") }
      try workflow.addStage("sing") { (song: Song) in song.name }
      try workflow.link("read", to: "sing")
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(1).completion() }
      #expect(error.code == .inputValidation && error.stage == "sing")
      for words in ["\"sing\"", "what \"read\" passed on", "Song", "field \"name\" is missing"] {
        #expect(error.message.contains(words))
      }
    }
  }

  @Test func aTransformThatThrowsNamesItsSource() async throws {
    try await withWorkflow { workflow in
      let (a, b) = (try workflow.pass("a", Int.self), try workflow.pass("b", Int.self))
      try workflow.link(a, to: b, transform: { _ in throw Trouble("no way") })
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(1).completion() }
      #expect(error.failures.first?.messages == ["what \"a\" passed on", "no way"])
    }
  }
}
