import TadweenCore
import Testing

@testable import Tadween

@Suite("What a picture shows")
struct GraphPictureTests {
  @Test("Entries, sinks and the rules of joins stand in their boxes")
  func boxes() throws {
    let picture = GraphPicture(of: try Gallery.everything(), name: "w")
    let notes = picture.nodes.filter { !$0.notes.isEmpty }.map { "\($0.name): \($0.notes.joined(separator: ", "))" }
    #expect(
      notes == [
        "download: default entry",
        "upload: entry",
        "unpack: join · first success of 2, cancels the others",
        "sentence: sink",
        "merge: join · waits for all 3",
        "vote: join · quorum 2 of 3, sink",
        "alert: sink",
      ])
  }

  @Test("Conditions, arms, needs, failures, maps and gathers stand on their arrows")
  func arrows() throws {
    let picture = GraphPicture(of: try Gallery.everything(), name: "w")
    let names = Dictionary(uniqueKeysWithValues: picture.nodes.map { ($0.id, $0.kind == .choice ? "choice" : $0.name) })
    let arrows = picture.edges.filter { !$0.label.isEmpty }
      .map { "\(names[$0.source] ?? "?") → \(names[$0.target] ?? "?"): \($0.label)" }
    #expect(
      arrows == [
        "unpack → alert: on failure",
        "choice → music: arm 1",
        "choice → speech: otherwise",
        "classify → loudness: when",
        "split → recognise: each item",
        "split → words: each item",
        "words → spell: each item",
        "spell → sentence: gather if taken",
        "recognise → text: gather at least 90 %",
        "text → merge: if taken",
        "music → merge: outcome",
        "loudness → merge: if taken",
      ])
  }

  @Test("A map is a frame, and a map in a map a frame in a frame")
  func frames() throws {
    let picture = GraphPicture(of: try Gallery.everything(), name: "w")
    #expect(picture.clusters.map(\.source) == ["split", "words"])
    #expect(picture.clusters.map(\.parent) == [nil, 0])
    #expect(picture.contents[0]?.nodes.map(\.name) == ["recognise", "words", "sentence"])
    #expect(picture.contents[1]?.nodes.map(\.name) == ["spell"])
  }

  @Test("A choice inside a map stands inside its frame; arms without any condition are counted")
  func choiceInMap() throws {
    var draft = GraphDraft()
    draft.stages = ["split", "kind", "a", "b"].map { .init($0) }
    let choice = draft.newChoice()
    draft.links = [
      .init("split", "kind", kind: .each(draft.newMap())), .init("kind", "a", choice: choice),
      .init("kind", "b", choice: choice),
    ]
    draft.cancelsRunOnFailure = true
    let picture = GraphPicture(of: try WorkflowGraph(draft), name: "w")
    #expect(picture.contents[0]?.nodes.map(\.kind).contains(.choice) == true)
    #expect(picture.edges.map(\.label) == ["each item", "", "arm 1", "arm 2"])
    #expect(picture.notes == ["the first failure cancels the run"])
  }

  @Test("Details only where they are asked for")
  func details() throws {
    let graph = try Gallery.everything()
    let unpack = try #require(graph.stage(named: "unpack"))
    #expect(GraphPicture(of: graph, name: "w").nodes.allSatisfy { $0.details.isEmpty })

    let detail = StageDetail(handler: "UnzipHandler", policy: "Polite", limits: ["2 threads", "timeout 90 s"])
    let picture = GraphPicture(of: graph, name: "w", details: [unpack: detail])
    #expect(
      picture.nodes.filter { !$0.details.isEmpty }.map { [$0.name] + $0.details } == [
        ["unpack", "handler: UnzipHandler", "policy: Polite", "2 threads", "timeout 90 s", "queue of at most 8"],
        ["words", "keeps its output"],
        ["alert", "runs when cancelled"],
      ])
    #expect(picture.edges.map(\.label).contains("if taken · with input"))
    for word in ["UnzipHandler", "Polite", "2 threads", "timeout 90 s", "queue of at most 8"] {
      #expect(picture.dot.contains(word))
      #expect(picture.mermaid.contains(word))
    }
  }
}
