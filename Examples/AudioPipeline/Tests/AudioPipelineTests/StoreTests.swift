import Foundation
import Tadween
import Testing

@testable import AudioPipeline

/// What is found out is kept, and not found out again.
@Suite(.timeLimit(.minutes(2))) struct StoreTests {
  private static let recordings = Demo.names.prefix(2)

  /// Runs the pipeline over two recordings, and tells which stages did not have to run, for how many of them.
  private func spared(_ store: any Repository<StoredRecording>) async throws -> [String: Int] {
    let recordings = try Self.recordings.map { try Recording(Demo.folder.appending(path: $0).path) }
    let pipeline = try Pipeline(
      model: SpeechModel(folder: URL(filePath: "/usr/share/pocketsphinx/model/en-us")), transcriptions: [], workers: 1,
      store: store, shutdownTimeout: .seconds(5))
    try await pipeline.workflow.build()
    var events = pipeline.workflow.events.makeAsyncIterator()
    let results = try await pipeline.transcribe(recordings) { _ in }
    #expect(results.compactMap { try? $0?.outcome.get().words.joined(separator: " ") }.first == "ten of clubs")
    var spared: [String: Int] = [:]
    var complete = 0
    while complete < recordings.count, let event = await events.next() {
      switch event {
      case .intercepted(let place, _): spared[place.stage, default: 0] += 1
      case .completed: complete += 1
      default: break
      }
    }
    try await pipeline.workflow.close()
    return spared
  }

  @Test(arguments: ["recordings.sqlite", "recordings"]) func aSecondRunDoesNothingAgain(_ name: String) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: name).path

    #expect(try await spared(RecordingStore.open(path)) == [:])
    let store = try RecordingStore.open(path)
    #expect(try await spared(store) == ["download": 2, "decode": 2, "transcribe": 2, "profile": 2])

    // One branch again, and nothing of the other.
    let first = try Recording(Demo.folder.appending(path: Self.recordings[0]).path)
    try await store.forget(.profile, of: [first])
    #expect(try await spared(store) == ["download": 1, "decode": 1, "transcribe": 2, "profile": 1])
    #expect(try await store.transcribed([first]) == 1)
    #expect(try await store.loadPart(\.$profile, of: first.id) != nil)
  }

  @Test func whatMatchesIsListed() async throws {
    let store = try RecordingStore.open(nil)
    for (name, seconds) in [("short", 2.5), ("long", 3.5)] {
      let samples = Samples(Array(repeating: 0, count: Int(seconds * Double(Samples.rate))))
      try await store.save(StoredRecording(Speech(recording: try Recording(name), samples: samples)))
    }
    let found = try await store.filter { $0.seconds > 3 }
    #expect(found.map(\.root.name) == ["long"])
    let row = TranscriptTable(names: ["long"]).row(found[0])
    #expect(row == "long            3.5         -         -         -  -")
  }
}
