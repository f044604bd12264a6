internal import Measure
internal import Tadween

/// The chain with metrics on and somebody who follows its events, beside the chain with neither.
struct Observed {
  let items: Int
  let stages: Int
  let workers: Int
  let side: Options.Side
  private let rounds = 5

  init(_ options: Options) {
    items = options.items ?? 300_000
    stages = options.stages ?? 3
    workers = options.workers
    side = options.side
  }

  func measure() async throws -> JSONLine {
    // One side alone, for a profiler.
    if side != .both {
      var line = JSONLine("observed")
      line.add("transitions", items * stages)
      line.add("stage_transitions_per_s", Int(try await rate(items, side == .ours).rate))
      return line
    }
    for isObserved in [false, true] { _ = try await rate(min(items, 10_000), isObserved) }
    var plain: [Double] = []
    var observed: [Double] = []
    for _ in 0..<rounds {
      plain.append(try await rate(items, false).rate)
      observed.append(try await rate(items, true).rate)
    }
    let events = try await rate(min(items, 10_000), true).events
    var line = JSONLine("observed")
    line.add("items", items)
    line.add("stages", stages)
    line.add("workers", workers)
    line.add("plain_per_s", Int(plain.median))
    line.add("observed_per_s", Int(observed.median))
    line.add("events", events)
    line.add("ratio", observed.median / plain.median, places: 3)
    return line
  }

  /// Stage transitions a second, and how many events were read.
  private func rate(_ items: Int, _ isObserved: Bool) async throws -> (rate: Double, events: Int) {
    let line = try await Line<Item>(
      stages: stages, workers: workers, observation: isObserved ? .init(metrics: AtomicMetrics()) : .none)
    let events = line.workflow.events
    // Detached: it reads beside the chain that is timed, and must not run where that one does.
    let reader = Task.detached {
      guard isObserved else { return 0 }
      var count = 0
      for await event in events {
        if case .dropped(let dropped) = event { count += dropped } else { count += 1 }
      }
      return count
    }
    let time = try await timed { try await line.workflow.process(items) { Item.make($0, bytes: 0) } }
    try await line.workflow.close()
    return (Double(items * stages) / time.seconds, await reader.value)
  }
}
