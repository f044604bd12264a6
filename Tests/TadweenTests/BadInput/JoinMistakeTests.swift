import Tadween
import Testing

/// Joins that could never fire, or that nobody has written, each named by `build()` with its remedy.
@Suite(.timeLimit(.minutes(1))) struct JoinMistakeTests {
  @Test func twoParentsWithoutAJoinAreRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      let root = try workflow.pass("root", Int.self)
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.pass("b", Int.self)
      let end = try workflow.pass("end", Int.self)
      try workflow.link(root, to: a)
      try workflow.link(root, to: b)
      try workflow.link(a, to: end)
      try workflow.link(b, to: end)
    }
    #expect(issues == [.parentsWithoutJoin("end", parents: ["a", "b"])])
    #expect(text.contains("\"end\"") && text.contains("\"a\", \"b\"") && text.contains("join(…, into:)"))
  }

  @Test func aLinkBesideAJoinIsRefused() async throws {
    let (issues, _) = try await mistakes { workflow in
      let root = try workflow.pass("root", Int.self)
      let sides = try ["a", "b", "c"].map { try workflow.pass($0, Int.self) }
      let end = try workflow.pass("end", Int.self)
      for side in sides { try workflow.link(root, to: side) }
      try workflow.join(sides[0], sides[1], into: end) { $0 + $1 }
      try workflow.link(sides[2], to: end)
    }
    #expect(issues == [.parentsWithoutJoin("end", parents: ["a", "b", "c"])])
  }

  @Test func aJoinThatNeedsTwoArmsOfOneChoiceIsRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      let classify = try workflow.pass("classify", Int.self)
      let music = try workflow.pass("music", Int.self)
      let speech = try workflow.pass("speech", Int.self)
      let end = try workflow.pass("end", Int.self)
      try workflow.choose(from: classify, .when({ $0 > 0 }, music), .otherwise(speech))
      try workflow.join(music, speech, into: end) { $0 + $1 }
    }
    guard case .exclusiveParents("end", "music", "speech", _) = try #require(issues.first) else {
      throw Trouble("\(issues)")
    }
    #expect(text.contains("\"classify\" chooses either \"music\" or \"speech\""))
    #expect(text.contains(".ifTaken") && text.contains(".anySucceeded"))
  }

  @Test func aJoinThatNeedsTwoArmsFurtherUpIsRefusedToo() async throws {
    let (issues, _) = try await mistakes { workflow in
      let classify = try workflow.pass("classify", Int.self)
      let arms = try ["x", "y"].map { try workflow.pass($0, Int.self) }
      let later = try ["x2", "y2"].map { try workflow.pass($0, Int.self) }
      let end = try workflow.pass("end", Int.self)
      try workflow.choose(from: classify, .when({ $0 > 0 }, arms[0]), .otherwise(arms[1]))
      try workflow.link(arms[0], to: later[0])
      try workflow.link(arms[1], to: later[1])
      try workflow.join(later[0], later[1], into: end) { $0 + $1 }
    }
    guard case .exclusiveParents("end", "x2", "y2", _) = try #require(issues.first) else { throw Trouble("\(issues)") }
  }

  @Test func aJoinOfTwoArmsThatAsksIfTheyWereTakenIsAllRight() async throws {
    try await withWorkflow { workflow in
      let classify = try workflow.pass("classify", Int.self)
      let music = try workflow.pass("music", Int.self)
      let speech = try workflow.pass("speech", Int.self)
      let end = try workflow.pass("end", String.self)
      try workflow.choose(from: classify, .when({ $0 > 0 }, music), .otherwise(speech))
      try workflow.join(music.ifTaken, speech.ifTaken, into: end) {
        "\(String(describing: $0)) \(String(describing: $1))"
      }
      return end
    } use: { workflow, end in
      let (music, speech) = (try await workflow.submit(1), try await workflow.submit(-1))
      #expect(try await music.output(of: end) == "Optional(1) nil")
      #expect(try await speech.output(of: end) == "nil Optional(-1)")
    }
  }

  @Test func aJoinOfAFailureLinkAndTheStagesOwnOutputIsRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      let risky = try workflow.pass("risky", Int.self)
      let rescue = try workflow.addStage("rescue") { (_: Failure) in 0 }
      let end = try workflow.pass("end", Int.self)
      try workflow.link(failureOf: risky, to: rescue)
      try workflow.join(risky, rescue, into: end) { $0 + $1 }
    }
    guard case .exclusiveParents("end", "risky", "rescue", _) = try #require(issues.first) else {
      throw Trouble("\(issues)")
    }
    #expect(text.contains("\"risky\" either succeeds or fails"))
  }

  @Test func aJoinOfTwoEntriesIsRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.pass("b", Int.self)
      try workflow.join(a, b, into: try workflow.pass("end", Int.self)) { $0 + $1 }
    }
    guard case .exclusiveParents("end", "a", "b", _) = try #require(issues.first) else { throw Trouble("\(issues)") }
    #expect(text.contains("a submission goes to one entry"))
  }

  @Test(arguments: [0, 4]) func aQuorumOutsideTheNumberOfParentsIsRefused(_ quorum: Int) async throws {
    let (issues, text) = try await mistakes { workflow in
      let root = try workflow.pass("root", Int.self)
      let votes = try ["a", "b", "c"].map { try workflow.pass($0, Int.self) }
      for vote in votes { try workflow.link(root, to: vote) }
      try workflow.join(
        votes[0], votes[1], votes[2], into: try workflow.pass("end", Int.self), .quorum(quorum)
      ) { $0.count }
    }
    #expect(issues == [.quorumOutOfRange("end", quorum: quorum, parents: 3)])
    #expect(text.contains("\"end\"") && text.contains("\(quorum)") && text.contains("from 1 to 3"))
  }

  @Test func aQuorumOfTwoArmsOfOneChoiceIsRefused() async throws {
    let (issues, _) = try await mistakes { workflow in
      let root = try workflow.pass("root", Int.self)
      let arms = try ["x", "y"].map { try workflow.pass($0, Int.self) }
      try workflow.choose(from: root, .when({ $0 > 0 }, arms[0]), .otherwise(arms[1]))
      try workflow.join(arms[0], arms[1], into: try workflow.pass("end", Int.self), .quorum(2)) { $0.count }
    }
    guard case .exclusiveParents("end", "x", "y", _) = try #require(issues.first) else { throw Trouble("\(issues)") }
  }

  @Test func parentsInDifferentScopesAreRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.pass("item", Int.self)
      let meta = try workflow.addStage("meta") { (items: [Int]) in items.count }
      try workflow.link(split, toEach: item)
      try workflow.link(split, to: meta)
      try workflow.join(item, meta, into: try workflow.pass("end", Int.self)) { $0 + $1 }
    }
    guard case .parentsInDifferentScopes("end", let scopes) = try #require(issues.first) else {
      throw Trouble("\(issues)")
    }
    #expect(scopes == ["\"item\" inside the map of \"split\"", "\"meta\" outside any map"])
    #expect(text.contains("gather what lies inside a map"))
  }

  @Test func parentsInTwoMapsOfOneStageAreInDifferentScopes() async throws {
    let (issues, _) = try await mistakes { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.pass("b", Int.self)
      try workflow.link(split, toEach: a)
      try workflow.link(split, toEach: b)
      try workflow.join(a, b, into: try workflow.pass("end", Int.self)) { $0 + $1 }
    }
    guard case .parentsInDifferentScopes("end", _) = try #require(issues.first) else { throw Trouble("\(issues)") }
  }
}
