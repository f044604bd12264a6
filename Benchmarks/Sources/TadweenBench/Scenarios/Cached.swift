internal import Measure
internal import Synchronization
internal import Tadween

/// What a cache costs: a read that finds its value, by one task, and nine reads and a write in turns, by two tasks at once;
/// beside a dictionary behind a lock, which has no limits.
struct Cached {
  struct Bucket: CacheBucket {
    typealias Key = Int
    var number: Int?
  }

  private let items: Int
  private let keys = 1_024

  init(_ options: Options) { items = options.items ?? 2_000_000 }

  func measure() async throws -> JSONLine {
    let cache = Cache<Bucket>(policy: .init(maxBuckets: 2 * keys))
    let limit = BareDictionary()
    for key in 0..<keys {
      cache.set(\.number, key, for: key)
      limit.set(key, for: key)
    }
    var (ours, bare) = (Figures(), Figures())
    for _ in 0..<5 {
      try await note(&ours) {
        cache[$0, \.number]
      } set: {
        cache.set(\.number, $1, for: $0)
      }
      try await note(&bare) {
        limit.value(for: $0)
      } set: {
        limit.set($1, for: $0)
      }
    }
    var line = JSONLine("cache")
    line.add("items", items)
    line.add("hit_ns", ours.hits.median, places: 1)
    line.add("limit_hit_ns", bare.hits.median, places: 1)
    line.add("mixed_per_s", Int(ours.mixed.median))
    line.add("limit_mixed_per_s", Int(bare.mixed.median))
    return line
  }

  private struct Figures {
    var hits: [Double] = []
    var mixed: [Double] = []
  }

  /// Inlined, so that neither side pays for a closure.
  @inline(__always)
  private func note(
    _ figures: inout Figures, read: @escaping @Sendable (Int) -> Int?, set: @escaping @Sendable (Int, Int) -> Void
  ) async throws {
    let (items, mask) = (items, keys - 1)
    var found = 0
    let time = await timed { for item in 0..<items where read(item & mask) != nil { found += 1 } }
    guard found == items else { throw Options.Refusal(description: "cache: only \(found) of \(items) were found") }
    figures.hits.append(time.seconds / Double(items) * 1e9)
    let both = await timed {
      await withTaskGroup(of: Void.self) { group in
        for start in 0..<2 {
          group.addTask {
            for item in 0..<items / 2 {
              let key = (item &* 7 &+ start) & mask
              if item % 10 == 0 { set(key, item) } else { _ = read(key) }
            }
          }
        }
      }
    }
    figures.mixed.append(Double(items) / both.seconds)
  }
}

/// What is left of a cache without its limits.
private final class BareDictionary: Sendable {
  private let values = Mutex([Int: Int]())

  func value(for key: Int) -> Int? { values.withLock { $0[key] } }
  func set(_ value: Int, for key: Int) { values.withLock { $0[key] = value } }
}
