import TadweenCore
import Testing

@testable import Tadween

@Suite("Any name is drawn as it is")
struct PictureNameTests {
  @Test("Graphviz shows each name, wrapped, and the whole of it as the tooltip", .enabled(if: dotIsInstalled))
  func graphviz() async throws {
    let folder = try Folder()
    let names = Gallery.hostileNames
    for title in names {
      // The names stand in titles and frames as well.
      var draft = GraphDraft()
      draft.stages = [.init("source \(title)"), .init("item")]
      draft.links = [.init("source \(title)", "item", kind: .each(draft.newMap()))]
      let graph = try WorkflowGraph(draft)
      let detail = StageDetail(handler: title, policy: title, limits: [title])
      let picture = GraphPicture(of: graph, name: title, details: [StageID(0): detail])
      try await picture.render(to: folder.path(of: "w.svg"))
    }

    try await GraphPicture(of: try Gallery.chain(names), name: "names").render(to: folder.path(of: "w.svg"))
    let parts = try folder.text(of: "w.svg").split(separator: "<title>")
    let boxes = Dictionary(parts.map { ($0.prefix { $0 != "<" }, $0) }, uniquingKeysWith: { first, _ in first })
    for (index, name) in names.enumerated() {
      let box = try #require(boxes["s\(index)"])
      let texts = box.split(separator: "<text ").dropFirst().map {
        Self.plain($0.drop { $0 != ">" }.dropFirst().prefix { $0 != "<" })
      }
      let lines = PictureText.lines(name)
      #expect(Array(texts.prefix(lines.count)) == lines)
      let tooltip = try #require(box.firstRange(of: "xlink:title=\"")).upperBound
      #expect(Self.plain(box[tooltip...].prefix { $0 != "\"" }) == PictureText.line(name))
    }
  }

  @Test("Nothing of a name is Mermaid's syntax", arguments: Gallery.hostileNames)
  func mermaid(name: String) throws {
    let picture = GraphPicture(of: try Gallery.chain([name, "next"]), name: name)
    let lines = picture.mermaid.split(separator: "\n")
    try #require(lines.count > 6)
    #expect(lines[0] == "---" && lines[2] == "---" && lines[3] == "flowchart LR")
    #expect(lines[1].hasPrefix("title: \"") && lines[1].dropFirst(8).dropLast().allSatisfy { $0 != "\"" })
    #expect(lines[4].hasPrefix("  s0([\"<b>") && lines[4].hasSuffix("</b><br/>entry\"])"))
    let inside = lines[4].dropFirst("  s0([\"<b>".count).dropLast("</b><br/>entry\"])".count)
    let unbroken = String(inside.split(separator: "<br/>").joined())
    #expect(!unbroken.unicodeScalars.contains { "\"<>[](){}|`\\%&:$".unicodeScalars.contains($0) })
    #expect(lines[5] == "  s1[[\"<b>next</b><br/>sink\"]]")
    #expect(lines[6] == "  s0 --> s1")
  }

  /// What a reader of the SVG sees.
  private static func plain(_ text: Substring) -> String {
    var text = text
    var plain = String.UnicodeScalarView()
    while let next = text.unicodeScalars.first {
      if next == "&", let end = text.firstIndex(of: ";") {
        let entity = text[text.index(after: text.startIndex)..<end]
        let named: [Substring: Unicode.Scalar] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\""]
        let numbered = entity.first == "#" ? UInt32(entity.dropFirst()).flatMap(Unicode.Scalar.init) : nil
        let scalar = named[entity] ?? numbered ?? "?"
        // Graphviz writes the second of two spaces as one that stays.
        plain.append(scalar == "\u{A0}" ? " " : scalar)
        text = text[text.index(after: end)...]
      } else {
        // The word joiner is ours.
        if next != "\u{2060}" { plain.append(next) }
        text = Substring(text.unicodeScalars.dropFirst())
      }
    }
    return String(plain)
  }
}
