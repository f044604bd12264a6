import Logging
import Tadween
import Testing

/// A field that a conversion has no place for is named at debug: misspelt and optional, it would be lost in silence.
@Suite(.timeLimit(.minutes(1))) struct IgnoredFieldTests {
  struct Song: Codable, Sendable {
    struct Part: Codable, Sendable { var bars: Int }
    var name: String
    var year: Int?
    var parts: [Part]
  }

  /// What is logged of ignored fields when this is submitted.
  private func ignored(
    _ payload: Payload, policy: Bool = false
  ) async throws -> [Logger.MetadataValue?] {
    let log = Recorder.Log()
    let workflow = Workflow(name: "test", logger: .recording(log))
    if policy {
      try workflow.addStage("sing", policy: StagePolicyBuilder<Song, Void>().onDone { _, _ in }) { (_: Song) in }
    } else {
      try workflow.addStage("sing") { (_: Song) in }
    }
    try await workflow.build()
    try await workflow.submit(payload).completion()
    try await workflow.close()
    return log.entries.filter { $0.message.contains("ignored") }.map { $0.metadata["tadween.fields"] }
  }

  private let misspelt: Payload = [
    "name": "Bella", "yaer": 1962, "year": Int?.none, "parts": [["bars": 4, "key": 1], ["bars": 8, "key": 2]],
  ]

  @Test(arguments: [false, true]) func areNamedOnce(_ policy: Bool) async throws {
    #expect(try await ignored(misspelt, policy: policy) == [.array(["parts.key", "yaer"])])
  }

  /// Nothing is encoded for a log that nobody keeps.
  @Test func areNotLookedForAboveDebug() async throws {
    struct Watched: Codable, Sendable {
      static let encodings = Locked(0)
      var name: String
      func encode(to encoder: any Encoder) throws { Self.encodings.withLock { $0 += 1 } }
    }
    for (level, encodings) in [(Logger.Level.info, 0), (.debug, 1)] {
      var logger = Logger.recording(Recorder.Log())
      logger.logLevel = level
      let workflow = Workflow(name: "test", logger: logger)
      try workflow.addStage("sing") { (_: Watched) in }
      try await workflow.build()
      try await workflow.submit(["name": "Bella"]).completion()
      try await workflow.close()
      #expect(Watched.encodings.withLock { $0 } == encodings)
    }
  }

  @Test func noneIsSaidWhereAllHaveTheirPlace() async throws {
    let parts = [["bars": 4]]
    #expect(try await ignored(["name": "Bella", "year": 1962, "parts": parts]).isEmpty)
    #expect(try await ignored(["name": "Bella", "year": Int?.none, "parts": parts]).isEmpty)
    #expect(try await ignored(Payload(Song(name: "Bella", year: nil, parts: []))).isEmpty)
  }
}
