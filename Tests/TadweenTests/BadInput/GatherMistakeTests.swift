import Tadween
import Testing

/// Mistakes in gathers, each named by `build()` with its remedy.
@Suite(.timeLimit(.minutes(1))) struct GatherMistakeTests {
  @Test func aGatherOfPlainValuesOverItemsThatAConditionSkipsIsRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.pass("item", Int.self)
      let odd = try workflow.pass("odd", Int.self)
      let end = try workflow.pass("end", [Int].self)
      try workflow.link(split, toEach: item)
      try workflow.link(item, to: odd, when: { $0 % 2 == 1 })
      try workflow.gather(odd, into: end)
    }
    #expect(issues == [.gatherOfSkippableItems(from: "odd", to: "end")])
    #expect(text.contains("\"odd\"") && text.contains("\"end\"") && text.contains(".ifTaken"))
  }

  @Test func aGatherOfPlainValuesOverAnArmOfAChoiceIsRefused() async throws {
    let (issues, _) = try await mistakes { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.pass("item", Int.self)
      let arms = try ["x", "y"].map { try workflow.pass($0, Int.self) }
      try workflow.link(split, toEach: item)
      try workflow.choose(from: item, .when({ $0 > 0 }, arms[0]), .otherwise(arms[1]))
      try workflow.gather(arms[0], into: try workflow.pass("end", [Int].self))
    }
    #expect(issues == [.gatherOfSkippableItems(from: "x", to: "end")])
  }

  @Test func aGatherOutsideAnyMapIsRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      let a = try workflow.pass("a", Int.self)
      try workflow.gather(a, into: try workflow.pass("end", [Int].self))
    }
    #expect(issues == [.gatherOutsideMap(from: "a", to: "end")])
    #expect(text.contains("\"a\"") && text.contains("lies in no map"))
  }

  @Test(arguments: [-0.1, 1.1, .nan]) func aShareThatIsNoShareIsRefused(_ share: Double) async throws {
    let (issues, text) = try await mistakes { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.pass("item", Int.self)
      try workflow.link(split, toEach: item)
      try workflow.gather(item, into: try workflow.pass("end", Int.self), .atLeast(share)) { $0.count }
    }
    guard case .shareOutOfRange("end", _) = try #require(issues.first) else { throw Trouble("\(issues)") }
    #expect(text.contains("\"end\"") && text.contains("\(share)") && text.contains("from 0 to 1"))
  }
}
