import TadweenSQLite

/// One kind of artifact as successive versions of a program know it, in the table "Note".
enum Notes {
  struct First: Artifact {
    struct Root: ArtifactRoot { var id: ArtifactID; var title = ""; var mood: String? }
    var root: Root
    @Lazy var text: String?
    static let schema = ArtifactSchema<Self>({ Self(root: $0) }) {
      Column("title", \.title)
      Column("mood", \.mood)
      Part("text", \.$text)
    }
  }

  /// A column, an eager model and a part are new, and a column is gone.
  struct Second: Artifact {
    struct Root: ArtifactRoot { var id: ArtifactID; var title = ""; var stars = 0; var place: String? }
    var root: Root
    var tags: [String]
    @Lazy var text: String?
    @Lazy var summary: String?
    static let schema = ArtifactSchema<Self>(
      { Self(root: $0, tags: $1) }, eager: Eager("tags", \.tags, default: ["old"])
    ) {
      Column("title", \.title, indexed: true)
      Column("stars", \.stars, default: 3)
      Column("place", \.place)
      Part("text", \.$text)
      Part("summary", \.$summary)
    }
  }

  /// Two columns have other types, and a part another coding.
  struct Third: Artifact {
    struct Root: ArtifactRoot { var id: ArtifactID; var title = 0; var mood = 0.0 }
    var root: Root
    @Lazy var text: String?
    static let schema = ArtifactSchema<Self>({ Self(root: $0) }) {
      Column("title", \.title)
      Column("mood", \.mood)
      Part("text", \.$text, coding: .propertyList)
    }
  }
}
