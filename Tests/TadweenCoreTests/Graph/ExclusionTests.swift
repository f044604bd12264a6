import Testing

@testable import TadweenCore

/// Rule R4: a join that can fire only if two parents succeed that exclude each other is refused.
@Suite("Exclusions")
struct ExclusionTests {
  private func excluded(_ draft: GraphDraft) -> (String, String)? {
    guard case .exclusiveParents(_, let first, let second, _) = draft.issues.first else { return nil }
    return (first, second)
  }

  private let choice = GraphDraft.of("a b c d", "a>b", "a>c", "b>d", "c>d").choosing(from: "a", "b", "c")

  @Test("Arms of one choice")
  func arms() throws {
    let pair = try #require(excluded(choice.joining("d")))
    #expect(pair == ("b", "c"))
    #expect(choice.joining("d").issues[0].description.contains("\"a\" chooses either \"b\" or \"c\""))
    #expect(choice.joining("d", needs: ["b": .ifTaken, "c": .ifTaken]).issues == [])
    #expect(choice.joining("d", needs: ["b": .outcome]).issues == [])
    #expect(choice.joining("d", .anySucceeded(cancelLosers: false)).issues == [])
  }

  @Test("Arms of one choice, through stages below them")
  func armsFurtherDown() {
    let draft = GraphDraft.of("a b c e f d", "a>b", "a>c", "b>e", "c>f", "e>d", "f>d").choosing(from: "a", "b", "c")
    #expect(excluded(draft.joining("d")) != nil)
    // Two choices exclude nothing of each other.
    let two = GraphDraft.of("a b c d e f j", "a>b", "a>c", "a>d", "a>e", "b>j", "d>j").choosing(from: "a", "b", "c")
      .choosing(from: "a", "d", "e").joining("j")
    #expect(two.issues == [])
  }

  @Test("A stage's failure link and its other links")
  func failureLinks() {
    let draft = GraphDraft.of("a b alert d", "a>b", "a!alert", "b>d", "alert>d")
    #expect(excluded(draft.joining("d")) != nil)
    #expect(draft.joining("d").issues[0].description.contains("\"a\" either succeeds or fails"))
    #expect(draft.joining("d", .anySucceeded(cancelLosers: false)).issues == [])
    // Its own output and its own failure, into one join.
    #expect(excluded(.of("a b d", "a>b", "b>d", "a!d").joining("d")) != nil)
    // A join of one that asks for the outcome runs after a failure, too.
    let outcome = GraphDraft.of("a b alert d", "a>b", "a!alert", "b>d", "alert>d").joining("b", needs: ["a": .outcome])
    #expect(outcome.joining("d").issues == [])
  }

  @Test("Entries")
  func entries() {
    let draft = GraphDraft.of("a b c", "a>c", "b>c")
    #expect(excluded(draft.joining("c")) != nil)
    #expect(draft.joining("c").issues[0].description.contains("a submission goes to one entry"))
    #expect(draft.joining("c", needs: ["a": .ifTaken, "b": .ifTaken]).issues == [])
  }

  @Test("A quorum over exclusive parents, as far as it can be met")
  func quorums() {
    let draft = GraphDraft.of("a b c e d", "a>b", "a>c", "a>e", "b>d", "c>d", "e>d").choosing(from: "a", "b", "c")
    #expect(draft.joining("d", .quorum(2, cancelLosers: false)).issues == [], "one arm, and e")
    #expect(excluded(draft.joining("d", .quorum(3, cancelLosers: false))) != nil)
    #expect(excluded(choice.joining("d", .quorum(2, cancelLosers: false))) != nil)
  }

  @Test("A quorum over the arms of many choices: one of each can succeed", .timeLimit(.minutes(1)))
  func quorumOverManyChoices() {
    var draft = GraphDraft.of("a d")
    for number in 0..<100 {
      let choice = draft.newChoice()
      draft.stages += ["c", "x", "y"].map { .init("\($0)\(number)") }
      draft.links.append(.init("a", "c\(number)"))
      for arm in ["x\(number)", "y\(number)"] {
        draft.links += [.init("c\(number)", arm, choice: choice), .init(arm, "d")]
      }
    }
    #expect(draft.joining("d", .quorum(100, cancelLosers: false)).issues == [])
    let pair = excluded(draft.joining("d", .quorum(101, cancelLosers: false)))
    #expect(pair ?? ("", "") == ("x0", "y0"))
  }

  @Test("A quorum of all its parents needs them all, also for joins below it")
  func quorumOfAll() {
    // q needs b, an arm; d needs q and the other arm.
    let draft = GraphDraft.of("a b c e q d", "a>b", "a>c", "a>e", "b>q", "e>q", "q>d", "c>d").choosing(
      from: "a", "b", "c")
    #expect(excluded(draft.joining("q", .quorum(2, cancelLosers: false)).joining("d")) != nil)
    #expect(draft.joining("q", .anySucceeded(cancelLosers: false)).joining("d").issues == [])
  }

  @Test("Gathers of a map below one arm need that arm")
  func gathers() {
    let draft = GraphDraft.of("a b c item d", "a>b", "a>c", "b*item", "item+d", "c>d").choosing(from: "a", "b", "c")
    #expect(excluded(draft.joining("d")) != nil)
    #expect(draft.joining("d", needs: ["c": .ifTaken]).issues == [])
  }
}
