import Testing

@testable import Tadween

@Suite struct SchemaTests {
  struct Twisted: Artifact {
    struct Root: ArtifactRoot { var id: ArtifactID; var size = 0; var length = 0 }
    var root: Root
    @Lazy var text: String?
    static let schema = ArtifactSchema<Twisted>({ Twisted(root: $0) }) {
      Column("size", \.size)
      Column("Size", \.length)
      Column("id", \.size)
      Column("a b", \.size)
      Column("9", \.size)
      Part("size", \.$text)
    }
  }

  @Test func everythingThatIsWrongIsSaidAtOnce() throws {
    let error = try #require(throws: TadweenError.self) { try InMemoryRepository<Twisted>() }
    #expect(error.code == .invalidArgument)
    for words in [
      "schema of Twisted", "\"Size\" and \"size\" differ only in case", "\"id\" is there twice",
      "\"a b\" is no name", "\"9\" is no name",
    ] { #expect(error.message.contains(words), "\(error)") }
  }

  struct Forgetful: Artifact {
    struct Root: ArtifactRoot { var id: ArtifactID; var size = 0 }
    var root: Root
    static let schema = ArtifactSchema<Forgetful>({ Forgetful(root: $0) })
  }

  @Test func aPropertyThatTheSchemaForgetsIsNamed() async throws {
    let error = try await tadweenError {
      try await InMemoryRepository<Forgetful>().save(Forgetful(root: .init(id: "a")))
    }
    #expect(error.code == .invalidArgument && error.message.contains("Column(\"size\", \\.size)"), "\(error)")
  }

  struct Deep: Artifact {
    struct Place: Codable, Sendable { var x = 0 }
    struct Root: ArtifactRoot { var id: ArtifactID; var place = Place() }
    var root: Root
    static let schema = ArtifactSchema<Deep>({ Deep(root: $0) })
  }

  @Test func aRootIsFlat() async throws {
    let error = try await tadweenError { try await InMemoryRepository<Deep>().save(Deep(root: .init(id: "a"))) }
    #expect(error.code == .invalidArgument && error.message.contains("\"place\" is a Place"), "\(error)")
  }
}
