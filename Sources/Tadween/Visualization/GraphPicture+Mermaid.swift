import TadweenCore

extension GraphPicture {
  /// The picture in Mermaid's language, as GitHub and many editors show it.
  ///
  /// Only the plainest syntax is used: made-up ids, quoted labels, and entity codes for whatever is no letter or digit,
  /// so that neither a keyword (`end`) nor a directive (`%%{…}%%`) can come from a name. Mermaid itself draws up to
  /// 500 arrows; beyond that, use Graphviz.
  package var mermaid: String {
    let title = ([PictureText.line(name, limit: 80)] + notes).joined(separator: " · ")
    var out = "---\ntitle: \(Self.yaml(title))\n---\nflowchart LR\n"
    let frames = contents

    func write(_ cluster: Int?, indent: String) {
      let frame = frames[cluster] ?? Contents()
      for node in frame.nodes { out += "\(indent)\(mermaidNode(node))\n" }
      for index in frame.clusters {
        let source = Self.mermaidText(PictureText.line(clusters[index].source, limit: 40))
        out += "\(indent)subgraph \(clusters[index].id)[\"for each item of <b>\(source)</b>\"]\n"
        out += "\(indent)  direction LR\n"
        write(index, indent: indent + "  ")
        out += "\(indent)end\n"
      }
    }
    write(nil, indent: "  ")
    for edge in edges {
      let label = edge.label.isEmpty ? "" : "|\"\(Self.mermaidText(edge.label))\"|"
      out += "  \(edge.source) \(Self.mermaidArrow(edge))\(label) \(edge.target)\n"
    }
    return out + mermaidStyles
  }

  private func mermaidNode(_ node: Node) -> String {
    guard case .stage(let roles) = node.kind else { return "\(node.id){\"choice\"}" }
    let name = PictureText.lines(node.name).map(Self.mermaidText).joined(separator: "<br/>")
    let details = PictureText.details(node.details)
    // The name in tags: a bare `1. fetch` would be taken for a list.
    let label = (["<b>\(name)</b>"] + (node.notes + details).map(Self.mermaidText)).joined(separator: "<br/>")
    if roles.contains(.entry) { return "\(node.id)([\"\(label)\"])" }
    if roles.contains(.join) { return "\(node.id){{\"\(label)\"}}" }
    if roles.contains(.sink) { return "\(node.id)[[\"\(label)\"]]" }
    return "\(node.id)(\"\(label)\")"
  }

  private static func mermaidArrow(_ edge: Edge) -> String {
    switch edge.kind {
    case .each, .gather: "==>"
    case .failure: "-.->"
    case .arm, .value: edge.isConditional ? "-.->" : "-->"
    }
  }

  /// Colours, at the end, where they disturb nobody who reads the text.
  private var mermaidStyles: String {
    var out = "  classDef default \(Self.mermaidPaint(PicturePalette.stage))\n"
    let classes: [(name: String, paint: PicturePalette.Paint, kinds: (Node.Kind) -> Bool)] = [
      ("entry", PicturePalette.entry, { PicturePalette.paint(for: $0).fill == PicturePalette.entry.fill }),
      ("join", PicturePalette.join, { PicturePalette.paint(for: $0).fill == PicturePalette.join.fill }),
      ("sink", PicturePalette.sink, { PicturePalette.paint(for: $0).fill == PicturePalette.sink.fill }),
      ("choice", PicturePalette.choice, { $0 == .choice }),
    ]
    for (name, paint, matches) in classes {
      let ids = nodes.filter { matches($0.kind) }.map(\.id)
      guard !ids.isEmpty else { continue }
      out += "  classDef \(name) \(Self.mermaidPaint(paint))\n  class \(ids.joined(separator: ",")) \(name)\n"
    }
    for cluster in clusters {
      out += "  style \(cluster.id) \(Self.mermaidPaint(PicturePalette.frame(depth: cluster.depth)))\n"
    }
    let lines: [(style: String, matches: (Edge) -> Bool)] = [
      (Self.mermaidLine(PicturePalette.failure) + ",stroke-dasharray:7 5", { $0.kind == .failure }),
      (Self.mermaidLine(PicturePalette.map), { $0.kind == .each || $0.kind == .gather }),
      (Self.mermaidLine(PicturePalette.condition), { $0.kind == .arm || $0.kind == .value && $0.isConditional }),
    ]
    for (style, matches) in lines {
      let numbers = edges.indices.filter { matches(edges[$0]) }.map(String.init)
      if !numbers.isEmpty { out += "  linkStyle \(numbers.joined(separator: ",")) \(style)\n" }
    }
    return out
  }

  private static func mermaidLine(_ color: String) -> String { "stroke:\(color),color:\(color)" }

  private static func mermaidPaint(_ paint: PicturePalette.Paint) -> String {
    "fill:\(paint.fill),stroke:\(paint.border),color:\(PicturePalette.text)"
  }

  /// Letters, digits and harmless signs stay; other ASCII becomes `#code;`, Mermaid's own kind of entity.
  ///
  /// Mermaid looks for line breaks (`\n`), formulas (`$$`) and icons (`:fa-`) after it has read the entities, so a word
  /// joiner, which no one sees, keeps their signs apart.
  private static func mermaidText(_ text: String) -> String {
    var escaped = ""
    var last: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if last == "\\" || last == "$" && scalar == "$" || last == ":" && scalar == "f" { escaped += "\u{2060}" }
      last = scalar
      if scalar.isASCII && !isHarmless(scalar) {
        escaped += "#\(scalar.value);"
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// For the title, which stands in YAML; as codes, because Mermaid meddles with quotes inside what looks like a tag.
  private static func yaml(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      if scalar.isASCII && !isHarmless(scalar) {
        // Two digits each: the controls, which would need a zero in front, are gone by now.
        escaped += "\\x\(String(scalar.value, radix: 16, uppercase: true))"
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
    return "\"\(escaped)\""
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", " ", "-", "_", ".", ",": true
    default: false
    }
  }
}
