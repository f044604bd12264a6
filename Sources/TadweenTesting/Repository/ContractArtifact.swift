public import Tadween

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// The artifact that ``RepositoryContract`` stores: a column of every type, an eager model, and two parts.
public struct ContractArtifact: Artifact {
  public struct Root: ArtifactRoot, Hashable {
    public var id: ArtifactID
    public var name = ""
    public var size: Int64 = 0
    public var weight = 0.0
    public var isDone = false
    public var digest = Data()
    public var owner: String?
  }

  public struct Meta: Codable, Hashable, Sendable {
    public var labels: [String] = []
  }

  public var root: Root
  public var meta: Meta
  @Lazy public var text: String?
  @Lazy public var blob: Data?

  public static let schema = ArtifactSchema<Self>({ Self(root: $0, meta: $1) }, eager: Eager("meta", \.meta)) {
    Column("name", \.name, indexed: true)
    Column("size", \.size)
    Column("weight", \.weight)
    Column("isDone", \.isDone)
    Column("digest", \.digest)
    Column("owner", \.owner)
    Part("text", \.$text)
    Part("blob", \.$blob, coding: .bytes)
  }

  init(root: Root, meta: Meta = Meta()) {
    self.root = root
    self.meta = meta
  }

  init(_ id: ArtifactID, change: (inout Self) -> Void = { _ in }) {
    self.init(root: Root(id: id))
    change(&self)
  }
}
