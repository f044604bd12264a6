import Foundation
import Tadween
import Testing

@testable import AudioPipeline

@Suite struct DownloadTests {
  /// A folder with one file in it, served for as long as the body runs.
  private func withServer(_ body: (URL, URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data([1, 2, 3]).write(to: folder.appending(path: "a b.raw"))
    try await withFileServer(of: folder) { try await body(folder, $0) }
  }

  private func download(_ recording: Recording) async throws -> [UInt8] {
    [UInt8](try await DownloadHandler().bytes(at: recording.location))
  }

  @Test func aRecordingComesOverHTTPOrFromTheDisk() async throws {
    try await withServer { folder, server in
      let path = folder.appending(path: "a b.raw")
      let recordings = [
        try Recording("a b.raw", servedBy: server), try Recording(path.path), try Recording(path.absoluteString),
      ]
      for recording in recordings {
        let bytes = try await download(recording)
        #expect(bytes == [1, 2, 3], "\(recording.location)")
      }
    }
  }

  @Test func whatCannotBeHadSaysWhy() async throws {
    try await withServer { folder, server in
      let reasons = [
        (try Recording("c.raw", servedBy: server), "HTTP 404 Not Found"),
        (try Recording(folder.appending(path: "c.raw").path), "there is no file at this path"),
        (try Recording(folder.path), "this path is a folder, not a recording"),
        (try Recording("ftp://127.0.0.1/a.wav"), "ftp: is not supported, only http:, https: and file: are"),
      ]
      for (recording, reason) in reasons {
        let error = await #expect(throws: DownloadError.self) { try await download(recording) }
        #expect(error?.description == reason)
      }
    }
  }

  @Test func aServerThatIsNotThereIsNamed() async throws {
    let error = await #expect(throws: DownloadError.self) {
      try await download(try Recording("http://127.0.0.1:1/a.wav"))
    }
    #expect(error?.description.hasPrefix("127.0.0.1 gave no answer: ") == true)
  }

  @Test("what may pass is attempted three times, what is not there once")
  func retries() {
    func decision(_ error: DownloadError, attempt: Int) -> RetryPolicy.Decision {
      let failure = Failure(kind: .handler, typeName: "DownloadError", messages: ["\(error)"], stage: "download")
      return RetryPolicy.download.decide(
        .init(failure: failure, error: error, attempt: attempt, elapsed: .zero), random: &random)
    }
    var random = SystemRandomNumberGenerator()
    let busy = DownloadError("HTTP 503", mayPass: true)
    #expect(decision(busy, attempt: 1) == .retry(after: .milliseconds(250)))
    #expect(decision(busy, attempt: 2) == .retry(after: .milliseconds(500)))
    #expect(decision(busy, attempt: 3) == .fail)
    #expect(decision(DownloadError("HTTP 404"), attempt: 1) == .fail)
  }
}
