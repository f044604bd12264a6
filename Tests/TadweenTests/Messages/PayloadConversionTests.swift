import Tadween
import Testing

/// What a policy and a broker of the user's own can do with payloads.
@Suite(.timeLimit(.minutes(1))) struct PayloadConversionTests {
  struct Recording: Codable, Sendable, Equatable {
    var url: String
    var seconds: Double
  }
  struct Opaque: Sendable {}

  private let recording = Recording(url: "a.mp3", seconds: 1.5)
  private let literal: Payload = ["seconds": 1.5, "url": "a.mp3"]

  @Test func aPayloadBecomesWhatItCanBe() throws {
    #expect(try Payload(recording).converted() == recording)
    #expect(try literal.converted(to: Recording.self) == recording)
    #expect(try Payload(encodedBytes: literal.encodedBytes()).converted(to: Recording.self) == recording)
    #expect(try Payload(7).converted(to: Double?.self) == 7)
    #expect(try Payload(Opaque()).converted(to: Payload.self).value(as: Opaque.self) != nil)
    try Payload(Opaque()).converted(to: Void.self)
  }

  @Test func whatItCannotBeIsSaidWithTheFieldAndBothTypes() throws {
    let error = #expect(throws: TadweenError.self) { try Payload(["url": "a.mp3"]).converted(to: Recording.self) }
    #expect(error?.code == .inputValidation && error?.underlying is DecodingError)
    for words in ["Dictionary<String, String>", "Recording", "field \"seconds\" is missing"] {
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
    let opaque = #expect(throws: TadweenError.self) { try Payload(Opaque()).converted(to: Recording.self) }
    #expect(opaque?.message == "A payload of type Opaque cannot become Recording: Opaque is not Encodable")
    let other = #expect(throws: TadweenError.self) { try literal.converted(to: Opaque.self) }
    #expect(
      other?.message
        == "A dictionary literal with the fields \"seconds\", \"url\" cannot become Opaque: Opaque is not Decodable")
  }

  /// `value(as:)` is nil for each of these payloads.
  @Test(arguments: BrokerKind.allCases) func aPolicyReadsAPayloadOfAnyForm(_ kind: BrokerKind) async throws {
    let policy = StagePolicyBuilder<Recording, String>().intercept { message, _ in
      try message.payload.converted(to: Recording.self).seconds > 0 ? .process : .skip(with: "silence", reason: "empty")
    }
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("download", policy: policy) { (recording: Recording) in recording.url }
    } use: { workflow, stage in
      let heard = try await workflow.submit(literal).output(of: stage)
      let skipped = try await workflow.submit(["url": "b.mp3", "seconds": 0]).output(of: stage)
      #expect(heard == "a.mp3" && skipped == "silence")
    }
  }

  @Test func whatSaysTheSameIsEqualInWhateverForm() throws {
    let encoded = Payload(encodedBytes: try literal.encodedBytes())
    let forms = [Payload(recording), literal, encoded]
    for a in forms { for b in forms { #expect(a.isEqual(to: b), "\(a.typeName) and \(b.typeName)") } }
    for form in forms {
      #expect(!form.isEqual(to: Payload(Recording(url: "b.mp3", seconds: 1.5))))
      #expect(!Payload(Recording(url: "b.mp3", seconds: 1.5)).isEqual(to: form))
      #expect(!form.isEqual(to: Payload(Opaque())))
    }
    let opaque = Payload(Opaque())
    #expect(opaque.isEqual(to: opaque) && !opaque.isEqual(to: Payload(Opaque())))
  }

  @Test func whatCannotBeEncodedIsSaid() throws {
    #expect(try Payload.nothing.encodedBytes() == Array("null".utf8))
    let opaque = #expect(throws: TadweenError.self) { try Payload(Opaque()).encodedBytes() }
    #expect(opaque?.message == "A payload of type Opaque cannot become JSON: Opaque is not Encodable")
    let nan = #expect(throws: TadweenError.self) { try Payload(["seconds": Double.nan]).encodedBytes() }
    #expect(nan?.code == .inputValidation && nan?.message.contains("field \"seconds\" holds nan") == true)
  }

  @Test func aHandlerMayTakeWhateverComesOutOfItsPayload() throws {
    final class Model: Sendable {}
    let model = Model()
    let anything = try Payload(model).converted(to: (any Sendable).self)
    #expect((anything as? Model) === model)
    #expect(try Payload(model).converted(to: Model?.self) === model)
    #expect(try Payload(3).converted(to: Payload.self).value(as: Int.self) == 3)
    // Encoded, it has no type that it could be.
    let encoded = Payload(encodedBytes: Array("3".utf8))
    #expect(throws: TadweenError.self) { try encoded.converted(to: (any Sendable).self) }
    #expect(try encoded.converted(to: Payload.self).converted(to: Int.self) == 3)
  }
}
