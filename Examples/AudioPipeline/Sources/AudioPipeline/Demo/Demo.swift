import Foundation

/// The demo: the human recordings of Debian's package `pocketsphinx-testdata`, served on loopback.
enum Demo {
  static let folder = URL(filePath: "/usr/share/pocketsphinx/test/data", directoryHint: .isDirectory)

  /// Playing cards, commands and numbers, then five sentences of an audiobook; the short ones first, so that there is
  /// something to see at once.
  static let names =
    ["001", "002", "003", "004", "005"].map { "cards/\($0).wav" }
    + ["goforward.raw", "something.raw", "numbers.raw", "tidigits/dhd.2934z.raw"]
    + ["0870", "0880", "0890", "0920", "0930"].map { "librivox/sense_and_sensibility_01_austen_64kb-\($0).wav" }

  /// A sentence that the package leaves out: the server answers 404.
  static let missing = "librivox/sense_and_sensibility_01_austen_64kb-0900.wav"
  /// The grammar beside one of the recordings: it can be downloaded, but it is text.
  static let notAudio = "goforward.gram"

  static let transcriptions = [
    Transcription(corpus: "cards", file: folder.appending(path: "cards/cards.transcription")),
    Transcription(corpus: "librivox", file: folder.appending(path: "librivox/transcription")),
  ]

  /// Serves the recordings for as long as the body works on them.
  static func withJob(_ body: (Job) async throws -> Void) async throws {
    guard FileManager.default.fileExists(atPath: folder.path) else { throw MissingTestData() }
    // A proxy that the environment names cannot reach this machine's loopback: the way there must lead past it.
    unsafe setenv("no_proxy", "127.0.0.1", 1)
    try await withFileServer(of: folder) { server in
      let broken = try [notAudio, missing].map { try Recording($0, servedBy: server) }
      let sound = try names.map { try Recording($0, servedBy: server) }
      try await body(
        Job(recordings: sound + broken, transcriptions: transcriptions, expectedFailures: Set(broken)))
    }
  }
}

struct MissingTestData: Error, CustomStringConvertible {
  var description: String {
    "the demo's recordings are not in \(Demo.folder.path) (on Debian: apt-get install pocketsphinx-testdata)"
  }
}
