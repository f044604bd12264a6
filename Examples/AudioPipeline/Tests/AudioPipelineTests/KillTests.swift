import Foundation
import Tadween
import TadweenSQLite
import Testing

@testable import AudioPipeline

/// kill -9 in the middle of the main job: started again, the program finishes the rest and does nothing twice but what was
/// cut.
@Suite(.serialized, .timeLimit(.minutes(4))) struct KillTests {
  private static let program = Bundle.main.bundleURL.appending(path: "audio-pipeline")

  /// Runs the program on the demo's recordings; kills it when so many transcripts have come.
  ///
  /// - Returns: Its exit status, and what it has printed.
  private func run(_ folder: URL, killAfter rows: Int?) throws -> (status: Int32, text: String) {
    let output = Pipe()
    let process = Process()
    process.executableURL = Self.program
    process.arguments = [
      "--workers", "1", "--store", folder.appending(path: "recordings.sqlite").path, "--output",
      folder.appending(path: "output").path,
    ]
    process.standardOutput = output
    process.standardError = Pipe()
    try process.run()
    var text = ""
    while case let more = output.fileHandleForReading.availableData, !more.isEmpty {
      text += String(decoding: more, as: UTF8.self)
      if let rows, text.split(separator: "\n").count > rows {
        kill(process.processIdentifier, SIGKILL)
        break
      }
    }
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test func whatWasKilledGoesOnWhereItWas() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for rows in [0, 2, 5] { #expect(try run(folder, killAfter: rows).status == SIGKILL) }
    let last = try run(folder, killAfter: nil)
    #expect(last.status == 0, "\(last.text)")
    #expect(last.text.contains("\n14 transcribed") && last.text.contains("2 failed"), "\(last.text)")

    // What the file says of all four processes.
    let history = try SQLiteRunHistory(path: folder.appending(path: "recordings.runs.sqlite").path)
    #expect(try await history.runCount(.unfinished) == 0)
    var transcriptions: [String: Int] = [:]
    for run in try await history.runs(.all, limit: 1000, offset: 0) {
      let name = run.metadata.values.values.first ?? ""
      for attempt in try await history.attempts(of: run.id)
      where attempt.stage == "transcribe" && attempt.outcome == .succeeded { transcriptions[name, default: 0] += 1 }
    }
    #expect(transcriptions.count == 14)
    // One that was complete is submitted again by the next process, and its policy finds the words in the store.
    let stored = try SQLiteRepository<StoredRecording>(path: folder.appending(path: "recordings.sqlite").path)
    #expect(try await stored.count() == 14)
  }
}
