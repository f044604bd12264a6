import Tadween

/// What the tests of policies store.
struct StoredNote: Artifact {
  struct Root: ArtifactRoot {
    var id: ArtifactID
    var isDone = false
  }

  var root: Root
  @Lazy var text: String?
  @Lazy var length: Int?

  static let schema = ArtifactSchema<StoredNote>({ StoredNote(root: $0) }) {
    Column("isDone", \.isDone)
    Part("text", \.$text)
    Part("length", \.$length)
  }

  init(root: Root) { self.root = root }
  init(_ id: String) throws { root = Root(id: try ArtifactID(id)) }
}
