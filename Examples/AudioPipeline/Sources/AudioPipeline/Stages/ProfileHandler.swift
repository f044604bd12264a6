import Tadween

/// Measures how a recording sounds: its length, its loudness, its silences.
struct ProfileHandler: Handler {
  func run(_ speech: Speech, context: HandlerContext) async throws -> Profile {
    Profile(of: speech.samples)
  }
}
