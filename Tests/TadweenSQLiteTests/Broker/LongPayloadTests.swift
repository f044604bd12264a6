import TadweenSQLite
import TadweenTesting
import Testing

@testable import Tadween

/// What is longer than the file can take fails alone, and keeps nothing else from the disk.
@Suite(.timeLimit(.minutes(1))) struct LongPayloadTests {
  private let options = SQLiteBrokerOptions(synchronous: .off, longestPayload: 1000)

  @Test func anOutputFailsItsActivationAndNothingElse() async throws {
    let processes = try Processes()
    let workflow = try await processes.workflow(options) { workflow in
      let repeats = try workflow.addStage("repeat") { (count: Int) in String(repeating: "x", count: count) }
      let length = try workflow.addStage("length") { (text: String) in text.count }
      try workflow.link(repeats, to: length)
    }
    let runs = try await workflow.submit(contentsOf: [1, 998, 999, 2])
    var outcomes: [RunEnd.Outcome] = []
    for run in runs { outcomes.append(try await run.end().outcome) }
    #expect(outcomes.map { $0 == .succeeded } == [true, true, false, true])
    guard case .failed(let failures) = outcomes[2], let failure = failures.first else { return }
    #expect(failure.kind == .routing && failure.stage == "repeat")
    #expect(failure.description.contains("it would have 1001 bytes, and this broker takes 1000 at most"), "\(failure)")
    try await workflow.close()
  }

  @Test func aSubmissionIsRefusedBeforeAnythingIsStored() async throws {
    let processes = try Processes()
    let workflow = try await processes.workflow(options) { workflow in
      try workflow.addStage("length") { (text: String) in text.count }
    }
    let error = try #require(
      await #expect(throws: TadweenError.self) {
        _ = try await workflow.submit(contentsOf: ["short", String(repeating: "x", count: 999)])
      })
    #expect(error.code == .inputValidation && error.stage == "length")
    #expect(error.message.contains("keep it in a repository, and pass its id on"), "\(error)")
    #expect(try workflow.snapshot().unfinishedRuns == 0)
    try await workflow.close()
  }

  @Test(arguments: [0, SQLiteBrokerOptions.greatestPayload + 1])
  func aLimitThatSQLiteHasNotIsNamed(_ limit: Int) async throws {
    let processes = try Processes()
    let error = try #require(
      await #expect(throws: TadweenError.self) {
        _ = try await processes.workflow(SQLiteBrokerOptions(longestPayload: limit)) { workflow in
          try workflow.addStage("only") { (number: Int) in number }
        }
      })
    #expect(error.message.contains("longestPayload is \(limit): use 1 to 268435456"), "\(error)")
  }
}
