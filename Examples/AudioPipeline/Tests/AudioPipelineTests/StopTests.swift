import Foundation
import Testing

/// SIGTERM in the middle of the main job: the program as a user runs it, in a process of its own.
@Suite(.serialized, .timeLimit(.minutes(2))) struct StopTests {
  private static let program = Bundle.main.bundleURL.appending(path: "audio-pipeline")

  /// How the program ended that was stopped when its first transcript had come.
  private struct Ending {
    var rows: ArraySlice<Substring>
    var errors: String
    var status: Int32
    var time: Duration
  }

  private func stop(grace: Int) throws -> Ending {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (output, errors) = (Pipe(), Pipe())
    let process = Process()
    process.executableURL = Self.program
    process.arguments = ["--workers", "1", "--grace", "\(grace)", "--output", folder.path]
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    var text = ""
    while !text.contains(" ten of clubs") {
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { break }
      text += String(decoding: more, as: UTF8.self)
    }
    process.terminate()
    let start = ContinuousClock.now
    text += String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    let complaints = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    // The table, without its header and what comes below it.
    let rows = text.prefix(upTo: text.firstRange(of: "\n\n")?.lowerBound ?? text.endIndex).split(separator: "\n")
    return Ending(rows: rows.dropFirst(), errors: complaints, status: process.terminationStatus, time: .now - start)
  }

  @Test func itSaysWhatIsLeftWithinItsTime() throws {
    let ending = try stop(grace: 1)
    #expect(ending.status == EX_TEMPFAIL)
    #expect(ending.time < .seconds(5), "\(ending.time)")
    let left = try #require(
      ending.errors.split(separator: "\n").last { $0.hasPrefix("Stopped before its end. Left: ") })
    #expect(left.split(separator: ", ").count + ending.rows.count == 16)
    // Which of the others were finished by then is the machine's affair.
    #expect(!left.contains("cards/001.wav"))
    #expect(ending.errors.contains("did not finish within 1.0 seconds"))
  }

  @Test func itFinishesWhatItHasTimeFor() throws {
    let ending = try stop(grace: 100)
    #expect(ending.status == 0 && ending.errors == "", "\(ending.errors)")
    #expect(ending.rows.count == 16)
  }
}
