import Testing

@testable import TadweenCore

/// Which stage an unknown name was probably meant to be.
@Suite("Name suggestions", .timeLimit(.minutes(1)))
struct NameSuggestionTests {
  /// What each unknown name, linked from stages that are known, is told.
  private func suggestions(_ stages: [String], to unknown: [String]) -> [String?] {
    var draft = GraphDraft()
    draft.stages = stages.map { .init($0) }
    draft.links = zip(stages, unknown).map { .init($0, $1) }
    return draft.issues.compactMap { if case .unknownStage(_, _, let near) = $0 { .some(near) } else { nil } }
  }

  @Test("The nearest name, unless more than a third of its letters differ; of two the first in the alphabet")
  func nearest() {
    let stages = ["transcribe", "download", "b1", "a1", "naïve"]
    let unknown = ["transcibe", "downlaods", "upload", "c1", "naive"]
    #expect(suggestions(stages, to: unknown) == ["transcribe", "download", nil, nil, "naïve"])
    #expect(suggestions(["abd", "abc", "abe"], to: ["abx"]) == ["abc"])
  }

  @Test("Thousands of unknown names are all reported; the first ones get a suggestion")
  func many() {
    let found = suggestions((0..<4_000).map { "stage-\($0)" }, to: (0..<4_000).map { "stge-\($0)" })
    #expect(found == (0..<4_000).map { $0 < 20 ? "stage-\($0)" : nil })
  }

  @Test("One unknown name in many links gets its suggestion in each")
  func repeated() {
    let found = suggestions((0..<4_000).map { "stage-\($0)" }, to: Array(repeating: "stge-7", count: 4_000))
    #expect(found == Array(repeating: "stage-7", count: 4_000))
  }
}
