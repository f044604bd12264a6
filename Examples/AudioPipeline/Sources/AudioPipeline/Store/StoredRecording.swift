import Foundation
import Tadween

/// What is kept of a recording: what is known of it, to look it up by, and what its two branches found out.
struct StoredRecording: Artifact {
  struct Root: ArtifactRoot {
    var id: ArtifactID
    var name: String
    var seconds: Double
  }

  var root: Root
  var recording: Recording
  @Lazy var words: [String]?
  @Lazy var profile: Profile?

  static let schema = ArtifactSchema<StoredRecording>(
    { StoredRecording(root: $0, recording: $1) }, eager: Eager("recording", \.recording)
  ) {
    Column("name", \.name)
    Column("seconds", \.seconds, indexed: true)
    Part("words", \.$words)
    Part("profile", \.$profile)
  }

  init(root: Root, recording: Recording) {
    self.root = root
    self.recording = recording
  }

  /// A recording as it was decoded; what else is known of it comes from its branches.
  init(_ speech: Speech) {
    root = Root(id: speech.recording.id, name: speech.recording.name, seconds: speech.samples.seconds)
    recording = speech.recording
  }

  /// Whether nothing of it is left to do.
  var isComplete: Bool { words != nil && profile != nil }
}
