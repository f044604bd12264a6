/// A stateful record: a flat root with its id and the fields to filter by, eager models that always come with it, and lazy
/// parts, which are heavy and come when asked for.
///
/// ```swift
/// struct Recording: Artifact {
///   struct Root: ArtifactRoot { var id: ArtifactID; var status: String; var duration: Double }
///   var root: Root
///   var meta: Meta
///   @Lazy var transcript: Transcript?
///
///   static let schema = ArtifactSchema<Recording>({ Recording(root: $0, meta: $1) }, eager: Eager("meta", \.meta)) {
///     Column("status", \.status)
///     Column("duration", \.duration)
///     Part("transcript", \.$transcript)
///   }
/// }
/// ```
/// ``ArtifactSchema`` says what a repository stores, and under which names.
public protocol Artifact: Sendable {
  associatedtype Root: ArtifactRoot

  var root: Root { get set }

  /// What there is to store. Make it a `static let`: it is asked for often.
  static var schema: ArtifactSchema<Self> { get }
}

extension Artifact {
  /// What it is known by.
  public var id: ArtifactID { root.id }
}

/// The flat part of an artifact. Each of its properties but the id is a ``Column`` of the schema, named by its coding key.
public protocol ArtifactRoot: Codable, Sendable {
  var id: ArtifactID { get }
}
