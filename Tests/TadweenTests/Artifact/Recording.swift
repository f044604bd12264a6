import Tadween

/// An artifact with everything that one can have.
struct Recording: Artifact {
  enum Status: String, Codable, ColumnValue { case queued, done }

  struct Root: ArtifactRoot, Equatable {
    var id: ArtifactID
    var status = Status.queued
    var duration = 0.0
    var speaker: String?
    var plays = 0
  }

  struct Meta: Codable, Sendable, Equatable { var title = "" }
  struct Transcript: Codable, Sendable, Equatable { var words: [String] }

  var root: Root
  var meta = Meta()
  @Lazy var transcript: Transcript?
  @Lazy var loudness: [Double]?

  static let schema = ArtifactSchema<Recording>({ Recording(root: $0, meta: $1) }, eager: Eager("meta", \.meta)) {
    Column("status", \.status)
    Column("duration", \.duration, indexed: true)
    Column("speaker", \.speaker)
    Column("plays", \.plays)
    Part("transcript", \.$transcript)
    Part("loudness", \.$loudness, coding: .propertyList)
  }
}
