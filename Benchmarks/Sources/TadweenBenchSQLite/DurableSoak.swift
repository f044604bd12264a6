internal import Foundation
internal import Measure
internal import Tadween
internal import TadweenSQLite

/// Many runs over the durable broker, of which the file remembers the last ones alone: whether each completes exactly once,
/// and what speed, file, and memory do meanwhile. Every figure is taken once a million transitions.
struct DurableSoak {
  let items: Int
  let stages: Int
  let folder: URL
  /// How many runs the file remembers: fewer than a million transitions have, so that it is full at the first look.
  private let remembered = 100_000
  private let chunk = 1_000
  /// How many chunks are under way at most.
  private let ahead = 16

  private struct Look {
    let perSecond: Int
    let fileMB: Int
    let residentMB: Int
  }

  private struct Wrong: Error, CustomStringConvertible {
    let description: String
  }

  func measure() async throws -> JSONLine {
    try await withFile(in: folder) { path in
      var options = SQLiteBrokerOptions()
      options.retention = Retention(age: nil, runs: remembered)
      let broker = SQLiteBroker(path: path, options: options)
      let line = try await DurableLine(broker, stages: stages)
      var looks: [Look] = []
      let time = try await timed { looks = try await send(through: line, path) }
      let snapshot = try line.workflow.snapshot()
      try await line.workflow.close()

      var result = JSONLine("durable-soak")
      result.add("items", items)
      result.add("stages", stages)
      result.add("file_system", text: FileSystemName.of(folder))
      result.add("synchronous", text: "full")
      result.add("remembered_runs", remembered)
      result.add("seconds", time.seconds, places: 1)
      result.add("per_s", Int(Double(items * stages) / time.seconds))
      result.add("doubled", snapshot.completedRuns - items + snapshot.stages.reduce(0) { $0 + $1.ended - items })
      result.add("per_s_by_million", looks.map(\.perSecond))
      result.add("file_mb_by_million", looks.map(\.fileMB))
      result.add("rss_mb_by_million", looks.map(\.residentMB))
      if let first = looks.first, let last = looks.last {
        result.add("last_of_first", Double(last.perSecond) / Double(first.perSecond))
      }
      return result
    }
  }

  /// Submits all, and awaits the output of each.
  private func send(through line: DurableLine, _ path: String) async throws -> [Look] {
    var underWay: [(start: Int, runs: [Run])] = []
    var looks: [Look] = []
    var (observed, seen) = (0, 0)
    var since = ContinuousClock.now
    func observe() async throws {
      let (start, runs) = underWay.removeFirst()
      for (offset, run) in runs.enumerated() {
        let n = try await run.output(of: line.sink).n
        guard n == start + offset else { throw Wrong(description: "durable-soak: run \(start + offset) gave \(n)") }
      }
      observed += runs.count
      guard (observed - seen) * stages >= 1_000_000 else { return }
      let now = ContinuousClock.now
      let perSecond = Double((observed - seen) * stages) / (now - since).seconds
      looks.append(
        Look(perSecond: Int(perSecond), fileMB: Self.size(of: path) >> 20, residentMB: Memory.resident >> 20))
      (seen, since) = (observed, now)
    }
    for start in stride(from: 0, to: items, by: chunk) {
      underWay.append((start, try await line.submit(start..<min(start + chunk, items))))
      if underWay.count > ahead { try await observe() }
    }
    while !underWay.isEmpty { try await observe() }
    return looks
  }

  /// The database with what is not yet in its place.
  private static func size(of path: String) -> Int {
    ["", "-wal"].reduce(0) { sum, end in
      let attributes = try? FileManager.default.attributesOfItem(atPath: path + end)
      return sum + ((attributes?[.size] as? NSNumber)?.intValue ?? 0)
    }
  }
}
