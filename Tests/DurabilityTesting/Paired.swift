public import Foundation
public import Tadween

/// An artifact of which every piece says which save it is from, so that one made of two saves, or of half of one, is seen.
public struct Paired: Artifact {
  public struct Root: ArtifactRoot, Equatable {
    public var id: ArtifactID
    public var generation = 0
    public var size = 0
  }

  public var root: Root
  public var meta: Int
  @Lazy public var left: Data?
  @Lazy public var right: Data?
  /// Saved alone, so it may be of another generation.
  @Lazy public var note: Data?

  public static let schema = ArtifactSchema<Self>({ Self(root: $0, meta: $1) }, eager: Eager("meta", \.meta)) {
    Column("generation", \.generation, indexed: true)
    Column("size", \.size)
    Part("left", \.$left, coding: .bytes)
    Part("right", \.$right, coding: .bytes)
    Part("note", \.$note, coding: .bytes)
  }

  private init(root: Root, meta: Int) { (self.root, self.meta) = (root, meta) }

  /// - Parameter size: Of each of its two parts, in bytes.
  public init(_ id: ArtifactID, _ generation: Int, size: Int) {
    self.init(root: Root(id: id, generation: generation, size: size), meta: generation)
    left = Self.content("left", id, generation, size)
    right = Self.content("right", id, generation, size)
  }

  /// What a part of a generation holds.
  public static func content(_ part: String, _ id: ArtifactID, _ generation: Int, _ size: Int) -> Data {
    let word = Data("\(part) of \(id.text), \(generation), \(size) bytes.\n".utf8)
    var content = Data(capacity: size + word.count)
    while content.count < size { content.append(content.isEmpty ? word : content) }
    return content.prefix(size)
  }

  /// What is wrong with it, as it was loaded with all its parts; nil: nothing.
  public var problem: String? {
    let (id, generation, size) = (root.id, root.generation, root.size)
    let name = "\"\(id)\", generation \(generation)"
    if meta != generation { return "\(name): meta is of generation \(meta)" }
    for (part, content) in [("left", left), ("right", right)]
    where content != Self.content(part, id, generation, size) {
      return "\(name): \(part) is \(Self.beginning(content))"
    }
    return note.flatMap { Self.problem(ofNote: $0, id) }
  }

  /// What is wrong with a note, of whatever generation it is; nil: nothing.
  public static func problem(ofNote note: Data, _ id: ArtifactID) -> String? {
    let words = String(decoding: note.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self).split(separator: ", ")
    let generation = words.count > 1 ? Int(words[1]) : nil
    if let generation, note == content("note", id, generation, note.count) { return nil }
    return "\"\(id)\": note is \(beginning(note))"
  }

  private static func beginning(_ content: Data?) -> String {
    guard let content else { return "absent" }
    return "\(content.count) bytes, \"\(String(decoding: content.prefix(60), as: UTF8.self))\""
  }
}
