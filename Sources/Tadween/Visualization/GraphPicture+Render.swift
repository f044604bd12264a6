extension GraphPicture {
  /// Writes the picture to a file, in the format that its extension names: `.svg`, `.png`, `.pdf`, `.dot`, `.mmd`.
  ///
  /// The first three need Graphviz's `dot`; the texts need no tool. A file that is there already is replaced once the
  /// new one is complete, and stays as it was where something goes wrong.
  ///
  /// - Throws: ``TadweenError``; `CancellationError` where the task was cancelled while `dot` worked.
  package func render(to path: String) async throws { try await render(to: path, with: Graphviz()) }

  package func render(to path: String, with graphviz: Graphviz) async throws {
    let format = try PictureFormat(path: path)
    let file = try ReplacedFile(path: path)
    switch format {
    case .dot: try file.fill(with: dot)
    case .mmd: try file.fill(with: mermaid)
    case .svg, .png, .pdf: try await graphviz.draw(dot, as: format, into: file)
    }
    try file.commit()
  }
}
