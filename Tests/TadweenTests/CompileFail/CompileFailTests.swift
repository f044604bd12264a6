import Testing

/// Graphs that cannot work do not compile, and the compiler says why.
@Suite(.timeLimit(.minutes(5))) struct CompileFailTests {
  @Test(arguments: WrongLine.links + WrongLine.joins) func `what is wrong does not compile`(
    _ line: WrongLine
  ) async throws {
    let diagnostics = try await WrongLinePrograms.ofWrongLines.value
    #expect(diagnostics[line.testDescription]?.contains(line.diagnostic) == true, "\(line.wrong)\n\(diagnostics)")
  }

  @Test("trap 14: a typo in a metadata key does not compile") func bareMetadataKey() async throws {
    let line = WrongLine.bareMetadataKey
    let diagnostics = try await WrongLinePrograms.ofWrongLines.value
    #expect(diagnostics[line.testDescription]?.contains(line.diagnostic) == true, "\(line.wrong)\n\(diagnostics)")
  }

  @Test func `nothing else is wrong with the wrong lines' programs`() async throws {
    let named = Set(try await WrongLinePrograms.ofWrongLines.value.keys)
    #expect(named == Set(WrongLine.all.map(\.testDescription)))
  }

  @Test func `what is right compiles`() async throws {
    let diagnostics = try await WrongLinePrograms.ofRightLines.value
    #expect(diagnostics.isEmpty, "\(diagnostics)")
  }
}
