internal import Synchronization

/// The work of a stage of the loop.
protocol Work<Value>: Sendable {
  associatedtype Value: Sendable
  func run(_ value: Value) async throws -> Value
}

/// Stages of the loop in a line, at work until they are closed.
final class BareLoop<Value: Sendable>: Sendable {
  /// The last one collects what is done.
  private let hops: [Hop]
  private let work: any Work<Value>
  private let batch: Int

  init(stages: Int, workers: Int, batch: Int, work: some Work<Value>) {
    hops = (0...stages).map { _ in Hop() }
    self.work = work
    self.batch = batch
    for stage in 0..<stages {
      for _ in 0..<workers { Task.detached { await self.serve(stage) } }
    }
  }

  private func serve(_ stage: Int) async {
    while let taken = await hops[stage].pull(atMost: batch) {
      var done: [Envelope] = []
      done.reserveCapacity(taken.count)
      for envelope in taken {
        guard let value = envelope.payload as? Value, let result = try? await work.run(value) else { continue }
        var next = envelope
        next.payload = result
        next.id &+= 1
        done.append(next)
      }
      hops[stage + 1].push(done)
    }
  }

  func close() { for hop in hops { hop.close() } }

  /// Sends many items through, and returns when the last is done.
  func chain(_ items: Int, _ value: (Int) -> Value) async {
    for n in 0..<items { push(n, value(n)) }
    var finished = 0
    while finished < items, let done = await hops[hops.count - 1].pull(atMost: 4_096) {
      for envelope in done where envelope.run.open.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
        finished += 1
      }
    }
  }

  /// Sends one item through.
  func single(_ n: Int, _ value: Value) async {
    push(n, value)
    _ = await hops[hops.count - 1].pull(atMost: 1)
  }

  private func push(_ n: Int, _ value: Value) {
    hops[0].push(CollectionOfOne(Envelope(id: UInt64(n), payload: value, metadata: [:], run: RunCounter())))
  }
}
