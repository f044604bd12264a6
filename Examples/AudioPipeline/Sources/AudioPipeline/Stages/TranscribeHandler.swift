import Tadween

/// The words that were heard in a recording.
struct Transcript: Codable, Sendable {
  var recording: Recording
  var words: [String]
}

/// Listens to a recording and writes down its words.
///
/// The recogniser takes half a second and some hundred megabytes to load, works for as long as the recording lasts,
/// and must not be used by two threads at once. So it is loaded in `warmUp`, once a worker, and never leaves that
/// worker; nothing here is `Sendable`, and nothing has to be.
struct TranscribeHandler: Handler {
  let model: SpeechModel
  private var recogniser: Recogniser?

  init(model: SpeechModel) { self.model = model }

  mutating func warmUp() async throws { recogniser = try Recogniser(model: model) }

  func run(_ speech: Speech, context: HandlerContext) async throws -> Transcript {
    guard let recogniser else { preconditionFailure("a handler runs only after it has warmed up") }
    return Transcript(recording: speech.recording, words: try recogniser.words(in: speech.samples))
  }

  mutating func shutDown() async { recogniser = nil }
}
