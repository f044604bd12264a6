/// Stored results in a cache, as they are: nothing is encoded. See ``StagePolicy/memoised(by:in:)``.
public struct MemoBucket: CacheBucket {
  /// Of a result its key; of a list the keys of what was stored last.
  var keys: [MemoFields] = []
  var output: (any Sendable)?

  public init() {}

  /// Both, for they are read at once.
  var result: (key: MemoFields, output: any Sendable)? {
    guard let key = keys.first, let output else { return nil }
    return (key, output)
  }
}

/// Results in a cache.
struct CachedMemos<Output: Sendable>: MemoStore {
  let cache: Cache<MemoBucket>

  func result(_ digest: String) async throws -> (key: MemoFields, output: Output)? {
    guard let (key, output) = cache[digest, \.result], let output = output as? Output else { return nil }
    return (key, output)
  }

  func keys(_ lists: [String]) async throws -> [MemoFields] { lists.flatMap { cache[$0, \.keys] ?? [] } }

  func store(
    _ output: Output, _ key: MemoFields, of stage: String, as digest: String, in lists: [String]
  ) async throws {
    cache.withBucket(digest) { bucket in
      bucket.keys = [key]
      bucket.output = output
    }
    for list in lists { cache.withBucket(list) { $0.keys = $0.keys.remembering(key) } }
  }
}
