import TadweenCore

extension GraphPicture {
  /// The picture in Graphviz's language, from left to right.
  ///
  /// A stage's whole name is its tooltip, which `.svg` shows under the pointer.
  package var dot: String {
    var out = """
      digraph workflow {
        graph [rankdir=LR, bgcolor="white", pad=0.3, nodesep=0.35, ranksep=0.55, fontname="Helvetica,Arial,sans-serif"]
        graph [fontsize=20, fontcolor="\(PicturePalette.text)", labelloc=t, labeljust=l, tooltip=" "]
        node [shape=box, style="rounded,filled", penwidth=1.3, margin="0.16,0.09", height=0.5]
        node [fontname="Helvetica,Arial,sans-serif", fontsize=14, fontcolor="\(PicturePalette.text)"]
        edge [fontname="Helvetica,Arial,sans-serif", fontsize=12, penwidth=1.3, arrowsize=0.8]
        edge [color="\(PicturePalette.line)", fontcolor="\(PicturePalette.quiet)"]
        label=\(dotTitle)

      """
    let frames = contents

    func write(_ cluster: Int?, indent: String) {
      let content = frames[cluster] ?? Contents()
      for node in content.nodes { out += "\(indent)\(dotNode(node))\n" }
      for index in content.clusters {
        let frame = PicturePalette.frame(depth: clusters[index].depth)
        out += """
          \(indent)subgraph cluster_\(clusters[index].id) {
          \(indent)  graph [label=\(dotFrameLabel(clusters[index])), style="rounded,filled", margin=14]
          \(indent)  graph [fillcolor="\(frame.fill)", color="\(frame.border)", fontsize=12, penwidth=1]

          """
        write(index, indent: indent + "  ")
        out += "\(indent)}\n"
      }
    }
    write(nil, indent: "  ")
    for edge in edges { out += "  \(edge.source) -> \(edge.target)\(dotAttributes(of: edge))\n" }
    return out + "}\n"
  }

  private var dotTitle: String {
    let subtitle = notes.map { "<BR ALIGN=\"LEFT\"/><FONT POINT-SIZE=\"12\">\(Self.html($0))</FONT>" }.joined()
    return "<<B>\(Self.html(PictureText.line(name, limit: 80)))</B>\(subtitle)<BR ALIGN=\"LEFT\"/>>"
  }

  private func dotFrameLabel(_ cluster: Cluster) -> String {
    let source = PictureText.line(cluster.source, limit: 40)
    return "<<FONT COLOR=\"\(PicturePalette.map)\">for each item of <B>\(Self.html(source))</B></FONT>>"
  }

  private func dotNode(_ node: Node) -> String {
    let paint = PicturePalette.paint(for: node.kind)
    let colors = "fillcolor=\"\(paint.fill)\", color=\"\(paint.border)\""
    guard case .stage(let roles) = node.kind else {
      return "\(node.id) [label=\"choice\", shape=diamond, style=filled, \(colors), fontsize=12, margin=0.02, "
        + "tooltip=\"choice\"]"
    }
    let ending = roles.contains(.sink) ? ", peripheries=2" : ""
    return "\(node.id) [label=\(Self.dotLabel(node, border: paint.border)), \(colors)\(ending), "
      + "tooltip=\"\(Self.quoted(PictureText.line(node.name)))\"]"
  }

  /// The name, what the stage is, and under a rule its details.
  private static func dotLabel(_ node: Node, border: String) -> String {
    let title = "<B>\(PictureText.lines(node.name).map(html).joined(separator: "<BR/>"))</B>"
    let notes = node.notes.map { "<BR/><FONT POINT-SIZE=\"12\" COLOR=\"\(border)\">\(html($0))</FONT>" }.joined()
    guard !node.details.isEmpty else { return "<\(title)\(notes)>" }
    let details = PictureText.details(node.details)
      .map { "\(html($0))<BR ALIGN=\"LEFT\"/>" }.joined()
    return "<<TABLE BORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"4\"><TR><TD>\(title)\(notes)</TD></TR><HR/>"
      + "<TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\"><FONT POINT-SIZE=\"12\" COLOR=\"\(PicturePalette.quiet)\">"
      + "\(details)</FONT></TD></TR></TABLE>>"
  }

  private func dotAttributes(of edge: Edge) -> String {
    var attributes: [String] = []
    if !edge.label.isEmpty { attributes.append("label=\"\(Self.quoted(edge.label))\"") }
    func paint(_ color: String) { attributes.append("color=\"\(color)\", fontcolor=\"\(color)\"") }
    var tail: String?
    switch edge.kind {
    case .value:
      if edge.isConditional { paint(PicturePalette.condition) }
    case .arm: paint(PicturePalette.condition)
    case .failure:
      paint(PicturePalette.failure)
      attributes.append("style=dashed")
    // One becomes many: two heads. Many become one: a funnel at the tail.
    case .each:
      paint(PicturePalette.map)
      attributes.append("penwidth=2, arrowhead=normalnormal")
    case .gather:
      paint(PicturePalette.map)
      attributes.append("penwidth=2")
      tail = "inv"
    }
    if edge.isConditional { tail = "odiamond" }
    if let tail { attributes.append("dir=both, arrowtail=\(tail)") }
    // A head that is not filled: the value may be missing.
    if edge.need != .value { attributes.append("arrowhead=\(edge.need == .ifTaken ? "onormal" : "odot")") }
    return attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
  }

  /// For HTML-like labels.
  private static func html(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      // Here, too, `\N` would become the box's id; written as an entity, it still does.
      case "\\": escaped += "\\\\"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  /// For quoted strings, in which Graphviz reads entities, and backslashes: in a tooltip twice over in some versions,
  /// so that doubling alone lets `\N` become the box's id. A word joiner, which no one sees, keeps it apart.
  private static func quoted(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\\u{2060}"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
