import Foundation
import Logging
import TadweenTesting
import Testing

@testable import Tadween

/// What is logged of the ordinary course of things: levels, keys, and no payload.
@Suite(.timeLimit(.minutes(1))) struct LogTests {
  private let log = Recorder.Log()

  private func workflow(_ level: Logger.Level = .debug) -> Workflow {
    var logger = Logger.recording(log)
    logger.logLevel = level
    return Workflow(name: "logged", logger: logger)
  }

  private func text(_ entry: Recorder.Entry, _ key: String) -> String? { entry.metadata[key].map { "\($0)" } }

  @Test func aRetryIsAWarningAndARunThatFailsAnError() async throws {
    let workflow = workflow(.info)
    let a = try workflow.addStage("a", options: .init(retry: .fixed(.zero, maxAttempts: 2))) {
      (n: Int) -> Int in throw Trouble("broken")
    }
    try await workflow.build()
    let run = try await workflow.submit(1, to: a)
    _ = try await run.end()
    try await workflow.close()
    #expect(log.entries.map(\.level) == [.warning, .error])
    #expect(log.entries.map(\.message) == ["an attempt failed and is made again", "a run failed"])
    let (retry, failure) = (log.entries[0], log.entries[1])
    #expect(text(retry, "tadween.workflow") == "logged" && text(retry, "tadween.stage") == "a")
    #expect(text(retry, "tadween.run") == "\(run.id)" && text(retry, "tadween.attempt") == "1")
    #expect(text(retry, "tadween.delay") == "0.0 seconds")
    #expect(text(retry, "tadween.error")?.contains("broken") == true)
    #expect(text(failure, "tadween.run") == "\(run.id)")
    #expect(text(failure, "tadween.error")?.contains("attempt 2") == true)
  }

  @Test func aDeadlineThatAHandlerOverrunsIsAWarning() async throws {
    var logger = Logger.recording(log)
    logger.logLevel = .info
    let clock = TestClock()
    let workflow = Workflow(name: "logged", clock: clock, logger: logger)
    let wall = Wall()
    let a = try workflow.addStage("a", options: .init(timeout: .seconds(5))) { (n: Int) in
      await wall.stand()
      return n
    }
    try await workflow.build()
    let run = try await workflow.submit(1, to: a)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(5))
    _ = try await run.end()
    wall.tearDown()
    try await workflow.close()
    #expect(log.entries.map(\.level) == [.warning, .error])
    #expect(text(log.entries[0], "tadween.timeout") == "5.0 seconds")
    #expect(text(log.entries[0], "tadween.stage") == "a")
  }

  @Test func theOrdinaryIsLoggedForDebuggersAlone() async throws {
    for level in [Logger.Level.debug, .info] {
      let workflow = workflow(level)
      let split = try workflow.addStage("split") { (n: Int) in [n] }
      let item = try workflow.pass("item", Int.self)
      try workflow.link(split, toEach: item)
      try await workflow.build()
      try await workflow.submit(7, to: split).completion()
      try await workflow.close()
    }
    let ends = log.entries.filter { $0.message == "an attempt ended" }
    #expect(
      log.entries.map(\.message).sorted() == [
        "a run is complete", "a run was submitted", "an attempt ended", "an attempt ended",
      ])
    #expect(ends.map { text($0, "tadween.stage") } == ["split", "item"])
    #expect(ends.map { text($0, "tadween.outcome") } == ["succeeded", "succeeded"])
    #expect(ends.map { text($0, "tadween.scope") } == [nil, "[0]"])
  }

  /// Whatever a run carries, none of it is in the log.
  @Test func noPayloadIsLogged() async throws {
    struct Secret: Codable, Sendable { var word = "swordfish" }
    let workflow = workflow(.trace)
    let a = try workflow.pass("a", Secret.self)
    let b = try workflow.addStage("b") { (secret: Secret) -> Secret in throw Trouble("no") }
    try workflow.link(a, to: b)
    try workflow.addStage("c") { (number: [Int]) in number }
    try workflow.link("a", to: "c")
    try await workflow.build()
    _ = try await workflow.submit(Secret(), to: a).end()
    try await workflow.close()
    #expect(!log.entries.isEmpty)
    for entry in log.entries { #expect(!"\(entry.message) \(entry.metadata)".contains("swordfish")) }
  }

  /// The article's tables are the whole truth: no key and no metric is missing there.
  @Test func everyNameIsInTheArticle() throws {
    let sources = Document.package.appending(path: "Sources")
    let article = try String(
      contentsOf: sources.appending(path: "Tadween/Documentation.docc/Observing.md"), encoding: .utf8)
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    var names: Set<String> = []
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /"(tadween(\.[a-z_]+|_[a-z_]+))"/) { names.insert(String(match.1)) }
    }
    #expect(names.count > 20)
    for name in names.sorted() { #expect(article.contains("`\(name)`"), "\(name) is not in Observing.md") }
  }
}
