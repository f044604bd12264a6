/// What can be measured.
enum Scenario: String, CaseIterable {
  case chain, latency, queued, mapjoin, diamond, graph, observed, retry, resources, keyed, batch, cold
  case cache, repository, durable, soak, all
  case durableSoak = "durable-soak"
  /// What `cold` starts.
  case coldChild = "cold-child"

  func run(_ options: Options) async throws {
    switch self {
    case .chain: print(try await Chain(options).measure())
    case .latency: print(try await Latency(options).measure())
    case .queued: print(try await Queued(options).measure())
    case .mapjoin: print(try await MapJoin(options).measure())
    case .diamond: print(try await Diamond(options).measure())
    case .graph: print(try await Graph(options).measure())
    case .observed: print(try await Observed(options).measure())
    case .retry: print(try await Retry(options).measure())
    case .resources: print(try await Contended(options).measure())
    case .keyed: print(try await Keyed(options).measure())
    case .batch: print(try await Batched(options).measure())
    case .soak: print(try await Soak(options).measure())
    case .cache: print(try await Cached(options).measure())
    // What SQLite is in is a program of its own; see the manifest.
    case .repository, .durable, .durableSoak:
      print(try Child.firstLine(Array(CommandLine.arguments.dropFirst()), of: "tadween-bench-sqlite").line)
    case .cold: print(try Cold(options).measure())
    case .coldChild: try await Cold(options).firstResult()
    case .all:
      // Each in a process of its own, so that none finds the memory that another has left.
      let others = CommandLine.arguments.dropFirst().filter { $0 != Scenario.all.rawValue }
      for scenario in Self.allCases where ![.all, .coldChild, .soak, .durableSoak].contains(scenario) {
        print(try Child.firstLine([scenario.rawValue] + others).line)
        flushOutput()
      }
    }
  }
}
