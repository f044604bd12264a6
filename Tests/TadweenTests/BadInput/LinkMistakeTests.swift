import Tadween
import Testing

/// Mistakes in links, each named by `build()` with its remedy.
@Suite(.timeLimit(.minutes(1))) struct LinkMistakeTests {
  @Test func aLinkToItselfIsRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      let echo = try workflow.pass("echo", Int.self)
      try workflow.link(echo, to: echo)
    }
    #expect(issues == [.selfLink("echo")])
    #expect(text.contains("\"echo\" is linked to itself"))
  }

  @Test func aLinkToAStageThatDoesNotExistIsRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      for name in ["download", "transcribe", "transform"] { try workflow.pass(name, Int.self) }
      try workflow.link("download", to: "transcibe")
      try workflow.link("mirror", to: "download")
    }
    #expect(
      issues == [
        .unknownStage("transcibe", linkedWith: "download", near: "transcribe"),
        .unknownStage("mirror", linkedWith: "download"),
      ])
    #expect(text.contains("\"transcibe\"") && text.contains("did you mean \"transcribe\"?"))
    #expect(text.contains("\"mirror\"") && text.contains("add it, or mend the name"))
  }

  @Test func twoLinksBetweenTheSameStagesAreRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.pass("b", Int.self)
      try workflow.link(a, to: b)
      try workflow.link("a", to: "b", passing: .nothing)
    }
    #expect(issues == [.duplicateLink(from: "a", to: "b")])
    #expect(text.contains("\"a\" and \"b\" are linked twice"))
  }

  @Test func aCycleIsRefusedWithItsPath() async throws {
    let (issues, text) = try await mistakes { workflow in
      let stages = try ["in", "a", "b", "c"].map { try workflow.pass($0, Int.self) }
      try workflow.join(stages[0], stages[3], into: stages[1]) { a, _ in a }
      try workflow.link(stages[1], to: stages[2])
      try workflow.link(stages[2], to: stages[3])
    }
    let path = try #require(issues.lazy.compactMap { if case .cycle(let path) = $0 { path } else { nil } }.first)
    #expect(issues.count == 1)
    #expect(path.count == 4 && path.first == path.last && Set(path) == ["a", "b", "c"])
    // Each step of the path is a link.
    for (source, target) in zip(path, path.dropFirst()) {
      #expect([["a", "b"], ["b", "c"], ["c", "a"]].contains([source, target]))
    }
    #expect(text.contains(path.map { "\"\($0)\"" }.joined(separator: " → ")))
  }

  @Test func typesThatCannotBeConvertedAreRefusedWhenTheWorkflowIsBuilt() async throws {
    struct Opaque: Sendable {}
    let (issues, text) = try await mistakes { workflow in
      try workflow.addStage("make") { (_: Int) in Opaque() }
      _ = try workflow.pass("read", String.self)
      _ = try workflow.pass("number", Int.self)
      _ = try workflow.pass("look", Opaque.self)
      try workflow.link("make", to: "read")
      try workflow.link("number", to: "look")
    }
    #expect(issues.count == 2)
    #expect(text.contains("\"make\"") && text.contains("\"read\"") && text.contains("Opaque is not String"))
    #expect(text.contains("\"number\"") && text.contains("\"look\"") && text.contains("not Decodable"))
  }

  @Test func aBrokerThatEncodesRefusesTypesThatAreNotCodable() async throws {
    struct Opaque: Sendable {}
    let workflow = Workflow(name: "wrong", broker: .inMemory(roundTrip: true))
    let make = try workflow.addStage("make") { (_: Int) in Opaque() }
    let look = try workflow.addStage("look") { (_: Opaque) in 1 }
    try workflow.link(make, to: look)
    let error = try await tadweenError { try await workflow.build() }
    #expect(error.code == .invalidGraph)
    #expect(error.message.contains("\"make\"") && error.message.contains("Opaque is not Codable"))
  }
}
