import Tadween

extension Simulation {
  /// What many seeds came to.
  public struct Report: Sendable, CustomStringConvertible {
    public var seeds = 0
    /// How often each fault occurred; all of them are named.
    public var faults = Dictionary(uniqueKeysWithValues: Fault.allCases.map { ($0, 0) })
    /// The time that passed in all of them together.
    public var time = Duration.zero
    /// From one suspension of a task to its next.
    public var steps = 0

    public init() {}

    /// Adds what one world came to.
    public mutating func add(_ world: SimulatedWorld) {
      seeds += 1
      faults.merge(world.tally, uniquingKeysWith: +)
      time += world.clock.now.offset
      steps += world.steps
    }

    public var description: String {
      let faults = faults.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
      return "\(seeds) seeds, \(steps) steps, \(time) of virtual time; " + faults.joined(separator: ", ")
    }
  }

  /// Runs the body in a world for each seed, one after the other, until one fails.
  ///
  /// ```swift
  /// try await Simulation.check(seeds: 0..<500) { world in … }
  /// ```
  /// - Parameters:
  ///   - seeds: A few hundred find most mistakes; the first ones are as good as any.
  ///   - faults: How often what goes wrong.
  /// - Throws: ``Failure`` with the seed, what went wrong, and the line that replays it; `CancellationError`.
  @discardableResult
  public static func check(
    seeds: Range<UInt64>, faults: Faults = .harmless, _ body: @escaping @Sendable (SimulatedWorld) async throws -> Void
  ) async throws -> Report {
    var report = Report()
    for seed in seeds {
      try Task.checkCancellation()
      let world = SimulatedWorld(seed: seed, faults: faults)
      do {
        try await Simulation(seed: seed, faults: faults).run(in: world, body)
      } catch let failure as Failure {
        throw failure
      } catch {
        if Task.isCancelled { throw CancellationError() }
        throw Failure(seed: seed, reason: "\(error)", underlying: error)
      }
      report.add(world)
    }
    return report
  }

  /// A seed whose world came to no good end.
  public struct Failure: Error, CustomStringConvertible {
    public let seed: UInt64
    /// What went wrong.
    public let reason: String
    /// What the body threw; nil where it did not end.
    public let underlying: (any Error)?

    init(seed: UInt64, reason: String, underlying: (any Error)? = nil) {
      self.seed = seed
      self.reason = reason
      self.underlying = underlying
    }

    public var description: String {
      """
      Seed \(seed) fails: \(reason)
      It fails each time: try await Simulation(seed: \(seed), faults: …).run { … } with the same faults and body.
      """
    }
  }
}
