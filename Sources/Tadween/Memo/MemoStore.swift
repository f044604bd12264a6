internal import TadweenCore

/// Where results are kept, by digest.
protocol MemoStore<Output>: Sendable {
  associatedtype Output: Sendable

  /// The result, with the key that it was stored under.
  func result(_ digest: String) async throws -> (key: MemoFields, output: Output)?

  /// The keys that were stored last under these, those of the first first.
  func keys(_ lists: [String]) async throws -> [MemoFields]

  /// Stores a result, and its key in these lists.
  func store(_ output: Output, _ key: MemoFields, of stage: String, as digest: String, in lists: [String]) async throws
}

extension [MemoFields] {
  /// How many keys a list holds: enough to find one that is like another.
  static var greatestList: Int { 8 }

  func remembering(_ key: MemoFields) -> Self {
    [key] + filter { $0 != key }.prefix(Self.greatestList - 1)
  }
}

/// A stage's results, whatever they are stored in.
struct MemoDesk<Output: Sendable>: Sendable {
  let store: any MemoStore<Output>

  enum Finding: Sendable {
    case hit(Output)
    case miss(MemoMiss)
  }

  func find(_ key: MemoFields, payload: MemoFields, of stage: String) async -> Finding {
    do {
      // Found by a digest; it is the key that decides.
      if let found = try await store.result(key.digest(stage)), found.key == key { return .hit(found.output) }
      return .miss(MemoMiss(of: key, among: try await store.keys(Self.lists(payload, stage))))
    } catch {
      return .miss(MemoMiss(problem: error))
    }
  }

  func keep(_ output: Output, _ key: MemoFields, payload: MemoFields, of stage: String) async throws {
    try await store.store(output, key, of: stage, as: key.digest(stage), in: Self.lists(payload, stage))
  }

  /// What was stored of the same payload, with whatever settings, and what was stored at all.
  private static func lists(_ payload: MemoFields, _ stage: String) -> [String] {
    [payload.digest(stage, "payload"), MemoFields().digest(stage, "stage")]
  }
}
