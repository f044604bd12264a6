import Tadween
import Testing

/// Payloads that do not fit: an input-validation failure that names the stage, the field and both types.
@Suite(.timeLimit(.minutes(1))) struct PayloadMistakeTests {
  struct Recording: Codable, Sendable, Equatable {
    var url: String
    var seconds: Double
    var note: String?
  }

  private func failure(of payload: Payload, _ kind: BrokerKind) async throws -> TadweenError {
    var error: TadweenError?
    try await withWorkflow(kind) { workflow in
      try workflow.pass("download", Recording.self)
    } use: { workflow, _ in
      let run = try await workflow.submit(payload)
      error = try await tadweenError { try await run.completion() }
      #expect(error?.run == run.id)
    }
    return try #require(error)
  }

  @Test(arguments: BrokerKind.allCases) func aMissingFieldIsNamed(_ kind: BrokerKind) async throws {
    let error = try await failure(of: ["url": "x"], kind)
    #expect(error.code == .inputValidation && error.stage == "download")
    #expect(error.failures.first?.kind == .inputValidation)
    #expect(error.message.contains("\"download\"") && error.message.contains("field \"seconds\" is missing"))
    #expect(error.message.contains("Recording"))
  }

  @Test(arguments: BrokerKind.allCases) func aNullFieldIsNamed(_ kind: BrokerKind) async throws {
    let error = try await failure(of: ["url": String?.none, "seconds": 1.5], kind)
    #expect(error.code == .inputValidation)
    #expect(error.message.contains("field \"url\" is null") && error.message.contains("String"))
  }

  @Test(arguments: BrokerKind.allCases) func aStringDoesNotBecomeANumber(_ kind: BrokerKind) async throws {
    let error = try await failure(of: ["url": "x", "seconds": "1.5"], kind)
    #expect(error.code == .inputValidation)
    #expect(error.message.contains("field \"seconds\" is no Double"))
  }

  @Test(arguments: BrokerKind.allCases) func anotherShapeIsNamed(_ kind: BrokerKind) async throws {
    let error = try await failure(of: Payload([1, 2, 3]), kind)
    #expect(error.code == .inputValidation)
    #expect(error.message.contains("the value itself"))
  }

  @Test func aTypeThatCannotBeEncodedIsNamed() async throws {
    struct Opaque: Sendable {}
    let error = try await failure(of: Payload(Opaque()), .inMemory)
    #expect(error.code == .inputValidation)
    #expect(error.message.contains("Opaque") && error.message.contains("Recording"))
  }

  @Test func aNumberThatIsNoneIsNamed() async throws {
    let error = try await failure(of: ["url": "x", "seconds": Double.nan], .inMemory)
    #expect(error.code == .inputValidation)
    #expect(error.message.contains("field \"seconds\" holds nan"))
  }

  /// A broker that encodes says it at once: there is nothing to store.
  @Test func aPayloadThatCannotBeEncodedIsRefusedByABrokerThatEncodes() async throws {
    struct Opaque: Sendable {}
    try await withWorkflow(.roundTrip) { workflow in
      try workflow.pass("download", Recording.self)
    } use: { workflow, _ in
      for payload: Payload in [["url": "x", "seconds": Double.nan], Payload(Opaque())] {
        let error = try await tadweenError { _ = try await workflow.submit(payload) }
        #expect(error.code == .inputValidation && error.stage == "download")
      }
      try await workflow.waitUntilIdle()
    }
  }

  @Test(arguments: BrokerKind.allCases) func extraFieldsAndMissingOptionalsAreAllRight(_ kind: BrokerKind) async throws
  {
    try await withWorkflow(kind) { workflow in
      try workflow.pass("download", Recording.self)
    } use: { workflow, stage in
      let tags: [String]? = ["a"]
      let run = try await workflow.submit(["url": "x", "seconds": 2, "tags": tags, "note": String?.none])
      #expect(try await run.output(of: stage) == Recording(url: "x", seconds: 2, note: nil))
    }
  }

  @Test func aFieldDeepInsideIsNamedWithItsPath() async throws {
    struct Outer: Codable, Sendable { var inner: [Recording] }
    try await withWorkflow { workflow in
      try workflow.pass("deep", Outer.self)
    } use: { workflow, _ in
      let run = try await workflow.submit(["inner": [["url": "x"]]])
      let error = try await tadweenError { try await run.completion() }
      #expect(error.message.contains("inner") && error.message.contains("seconds\" is missing"))
    }
  }

  @Test func equalTypesAreNeverConverted() async throws {
    struct Opaque: Sendable { let number: Double }
    try await withWorkflow { workflow in
      try workflow.pass("pass", Opaque.self)
    } use: { workflow, stage in
      let output = try await workflow.submit(Opaque(number: .nan)).output(of: stage)
      #expect(output.number.isNaN)
    }
  }

  /// Logs never hold payloads, and a failure's words are for the caller: they name fields, not their neighbours.
  @Test func whatAFieldHoldsIsNotInTheMessage() async throws {
    let error = try await failure(of: ["url": "secret", "seconds": "hidden"], .inMemory)
    #expect(!error.message.contains("secret") && !error.message.contains("hidden"))
  }
}
