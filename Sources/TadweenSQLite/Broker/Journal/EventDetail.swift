internal import Tadween

/// What few events have, as JSON in one column: names and no numbers, so that whoever opens the file can read it.
struct EventDetail: Codable {
  /// The targets of links whose condition said no, or whose arm was not chosen.
  var declined: [String]?
  /// How many items each map has, by the first stage that it leads to.
  var widths: [String: Int]?
  var failure: Failure?
  var retry: StoredRetry?
  /// What was redriven; nil: all.
  var letters: [StoredKey]?
  var decision: StoredDecision?
  /// What ran when the process died.
  var running: [StoredKey]?
  /// What was told to stop.
  var interrupts: [StoredKey]?
  /// True: it happened in another run, which this one was forked from.
  var reused: Bool?

  var isEmpty: Bool {
    declined == nil && widths == nil && failure == nil && retry == nil && letters == nil && decision == nil
      && running == nil && interrupts == nil && reused == nil
  }

  enum StoredDecision: String, Codable {
    case retry, skip, substitute, fail
  }

  /// An order for another attempt. Its delay counts from the event.
  struct StoredRetry: Codable {
    var failures: [Failure]
    /// Both in microseconds.
    var elapsed: Int64
    var delay: Int64
    var counts: Bool

    init(_ retry: Retry) {
      failures = retry.history.failures
      (elapsed, delay) = (retry.history.elapsed.microseconds, retry.history.delay.microseconds)
      counts = retry.countsAttempt
    }

    /// - Parameter passed: How long ago it was ordered, in microseconds; at least nought.
    func retry(after passed: Int64) -> Retry {
      Retry(
        AttemptHistory(
          failures: failures, elapsed: .microseconds(elapsed), delay: .microseconds(delay > passed ? delay - passed : 0)
        ),
        countsAttempt: counts)
    }
  }

  /// A delivery by the name of its stage.
  struct StoredKey: Codable {
    var stage: String
    var scope: [Int]?
    var generation: UInt32?
    var attempt: UInt32?
    var delivery: UInt32?

    init(_ key: DeliveryKey, in graph: WorkflowGraph) {
      self.init(DeadLetter.ID(key.activation, generation: key.generation), in: graph)
      attempt = key.attempt
      delivery = key.number
    }

    init(_ letter: DeadLetter.ID, in graph: WorkflowGraph) {
      stage = graph[letter.activation.stage].name
      scope = letter.activation.scope.isRoot ? nil : letter.activation.scope.indices
      generation = letter.generation
    }

    func letter(in graph: WorkflowGraph) throws(Misfit) -> DeadLetter.ID {
      guard let stage = graph.stage(named: stage) else { throw Misfit("there is no stage \"\(stage)\" any more") }
      return DeadLetter.ID(Activation(stage: stage, scope: ScopePath(scope ?? [])), generation: generation ?? 0)
    }

    func key(in graph: WorkflowGraph) throws(Misfit) -> DeliveryKey {
      let letter = try letter(in: graph)
      return DeliveryKey(
        activation: letter.activation, generation: letter.generation, attempt: attempt ?? 1, number: delivery ?? 1)
    }
  }
}

/// Why a stored run cannot go on in this graph.
struct Misfit: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension Duration {
  var microseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }
}
