internal import Measure
internal import Tadween

/// What a cache costs: a read that finds its value, by one task, and reads with one write in ten, by two threads at once.
struct Cached {
  struct Bucket: CacheBucket {
    typealias Key = Int
    var number: Int?
  }

  let items: Int

  init(_ options: Options) { items = options.items ?? 2_000_000 }

  func measure() async throws -> JSONLine {
    let cache = Cache<Bucket>(policy: .init(maxBuckets: 2_048))
    for key in 0..<1_024 { cache.set(\.number, key, for: key) }
    var hits: [Double] = []
    var mixed: [Double] = []
    for _ in 0..<5 {
      var found = 0
      let time = await timed { for item in 0..<items where cache[item & 1_023, \.number] != nil { found += 1 } }
      guard found == items else { throw Options.Refusal(description: "cache: only \(found) of \(items) were found") }
      hits.append(time.seconds / Double(items) * 1e9)
      let both = await timed {
        await withTaskGroup(of: Void.self) { group in
          for start in 0..<2 {
            group.addTask {
              for item in 0..<items / 2 {
                let key = (item &* 7 &+ start) & 1_023
                if item % 10 == 0 { cache.set(\.number, item, for: key) } else { _ = cache[key, \.number] }
              }
            }
          }
        }
      }
      mixed.append(Double(items) / both.seconds)
    }
    var line = JSONLine("cache")
    line.add("items", items)
    line.add("hit_ns", hits.median, places: 1)
    line.add("mixed_per_s", Int(mixed.median))
    return line
  }
}
