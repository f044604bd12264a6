import Tadween
import Testing

/// Mistakes in entries: said by `build()` where the graph shows them, by `submit` where only it can know.
@Suite(.timeLimit(.minutes(1))) struct EntryMistakeTests {
  @Test func anEntryPointWithParentsIsRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.pass("b", Int.self)
      try workflow.link(a, to: b)
      try workflow.setEntryPoint(b)
    }
    #expect(issues == [.entryPointHasParents("b", parents: ["a"])])
    #expect(text.contains("\"b\" has parents (\"a\")"))
  }

  @Test func anEntryPointThatIsNoStageIsRefused() async throws {
    let (issues, text) = try await mistakes { workflow in
      _ = try workflow.pass("download", Int.self)
      try workflow.setEntryPoint("downlod")
    }
    #expect(issues == [.unknownEntryPoint("downlod", near: "download")])
    #expect(text.contains("\"downlod\"") && text.contains("did you mean \"download\"?"))
  }

  @Test func severalEntriesAndNoneNamedIsSaidBySubmit() async throws {
    try await withWorkflow { workflow in
      _ = try workflow.pass("files", Int.self)
      _ = try workflow.pass("urls", Int.self)
    } use: { workflow, _ in
      let error = try await tadweenError { _ = try await workflow.submit(1) }
      #expect(error.code == .invalidArgument)
      #expect(error.message.contains("\"files\", \"urls\"") && error.message.contains("setEntryPoint"))
    }
  }

  @Test func aStageThatIsNoEntryCannotBeSubmittedTo() async throws {
    try await withWorkflow { workflow in
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.pass("b", Int.self)
      try workflow.link(a, to: b)
      return b
    } use: { workflow, b in
      for name in ["b", "c"] {
        let error = try await tadweenError { _ = try await workflow.submit(1, to: name) }
        #expect(error.code == .invalidArgument && error.stage == name)
        #expect(error.message.contains("\"\(name)\" is no entry") && error.message.contains("\"a\""))
      }
      let error = try await tadweenError { _ = try await workflow.submit(1, to: b) }
      #expect(error.code == .invalidArgument)
    }
  }
}
