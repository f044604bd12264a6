import Testing

/// Whatever a reader may copy from the README and the articles compiles.
@Suite struct DocumentationTests {
  @Test(arguments: Document.all) func `every snippet compiles`(_ document: Document) async throws {
    let program = try document.fences("swift")
    if program.count == 0 { return }
    let diagnostics = try await SwiftCompiler.diagnostics(of: program.text)
    #expect(diagnostics.isEmpty, "\(document.path):\n\(diagnostics)")
  }

  @Test func `the documents are found`() throws {
    let programs = try Document.all.map { try $0.fences("swift").count }
    #expect(Document.all.count >= 6)
    #expect(programs.filter { $0 > 0 }.count >= 5)
  }

  @Test func `a wrong snippet is noticed`() async throws {
    let diagnostics = try await SwiftCompiler.diagnostics(
      of: """
        import Tadween
        let workflow = Workflow(name: "wrong")
        let a = try workflow.addStage("a") { (text: String) in text.count }
        let b = try workflow.addStage("b") { (text: String) in text }
        try workflow.link(a, to: b)
        """)
    #expect(diagnostics.contains("error:"))
    #expect(diagnostics.contains("StageReference"))
  }
}
