#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A stored result of a stage, as a repository has it; see ``StagePolicy/memoised(by:coding:in:)``.
///
/// ```swift
/// let memos = try SQLiteRepository<Memo>(path: "memos.sqlite")
/// for id in try await memos.ids(where: { $0.stage == "transcribe" }) { try await memos.delete(id) }   // forget them
/// ```
/// Beside the results stand lists of what was stored last, of a stage and of a payload: they tell why something that is
/// asked for is not there.
public struct Memo: Artifact {
  public struct Root: ArtifactRoot {
    public let id: ArtifactID
    /// Whose result it is.
    public let stage: String
    /// Whether it is a result, and not a list.
    public let isResult: Bool
  }

  public var root: Root
  /// Of a result its key; of a list the keys of what was stored last, the newest first.
  let keys: [MemoFields]
  /// The result, encoded.
  @Lazy var output: Data?

  public static let schema = ArtifactSchema<Memo>({ Memo(root: $0, keys: $1) }, eager: Eager("keys", \.keys)) {
    Column("stage", \.stage, indexed: true)
    Column("isResult", \.isResult)
    Part("output", \.$output, coding: .bytes)
  }

  init(root: Root, keys: [MemoFields]) {
    self.root = root
    self.keys = keys
  }
}
