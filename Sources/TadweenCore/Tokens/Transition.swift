/// Which delivery of which activation: what a commit names, so that anything older is refused as stale (rule R6).
public struct DeliveryKey: Hashable, Sendable {
  public let activation: Activation
  /// 0; a redriven activation gets the next.
  public let generation: UInt32
  /// From 1; a retry gets the next.
  public let attempt: UInt32
  /// From 1; every new delivery, after a retry, an interruption or a crash, gets the next.
  public let number: UInt32

  public init(activation: Activation, generation: UInt32 = 0, attempt: UInt32 = 1, number: UInt32 = 1) {
    self.activation = activation
    self.generation = generation
    self.attempt = attempt
    self.number = number
  }

  /// Whether it took the other's place; true where there is none.
  package func isLater(than other: DeliveryKey?) -> Bool {
    other.map { ($0.generation, $0.number) < (generation, number) } ?? true
  }

  /// What names the activation while it is parked after this attempt.
  package var parked: DeliveryKey { next(countsAttempt: false) }

  /// The next delivery of the same activation.
  func next(countsAttempt: Bool) -> DeliveryKey {
    DeliveryKey(
      activation: activation, generation: generation, attempt: countsAttempt ? attempt + 1 : attempt,
      number: number + 1)
  }
}

/// How an attempt ended: with the end of its activation, and all that its links need to know (rule R1), or with another
/// attempt.
public enum Ending: Sendable {
  case succeeded(Success)
  case failed(Failure)
  /// Its policy cancelled the branch.
  case notTaken
  /// Its work was cut short by a cancellation, of its run or of what waited at its stage; the error that it threw then is the
  /// cause.
  case cancelled(Failure?)
  /// The activation has not ended: it is attempted again (rule R10).
  case retried(Retry)
  /// The activation has not ended: it failed, and waits for somebody to decide (rule R10).
  case parked(Failure)
}

extension Ending {
  /// Whether the attempt is made again.
  package var isRetried: Bool { if case .retried = self { true } else { false } }

  /// Whether the attempt failed, and for good or not.
  public var hasFailed: Bool {
    switch self {
    case .failed, .retried, .parked: true
    case .succeeded, .notTaken, .cancelled: false
    }
  }
}

/// The order for another attempt.
public struct Retry: Sendable {
  /// What the next attempt knows of those before, and when it is due.
  public let history: AttemptHistory
  /// False where it was only put off.
  public let countsAttempt: Bool

  public init(_ history: AttemptHistory, countsAttempt: Bool = true) {
    self.history = history
    self.countsAttempt = countsAttempt
  }
}

/// What a succeeded activation puts on its links.
public struct Success: Sendable {
  /// One reference, whatever there is to know: it is copied at every step of a commit.
  private enum Form: Sendable {
    case plain(Payload)
    case detailed(Details)
  }

  private let form: Form

  private final class Details: Sendable {
    let output: Payload
    let declined: [LinkID]
    let widths: [Int]
    let input: Payload?

    init(_ output: Payload, declined: [LinkID], widths: [Int], input: Payload?) {
      self.output = output
      self.declined = declined
      self.widths = widths
      self.input = input
    }
  }

  public init(_ output: Payload, declined: [LinkID] = [], widths: [Int] = [], input: Payload? = nil) {
    let isPlain = declined.isEmpty && widths.isEmpty && input == nil
    form = isPlain ? .plain(output) : .detailed(Details(output, declined: declined, widths: widths, input: input))
  }

  private var details: Details? { if case .detailed(let details) = form { details } else { nil } }

  public var output: Payload {
    switch form {
    case .plain(let output): output
    case .detailed(let details): details.output
    }
  }

  /// Links whose `when:` said no, or whose arm was not chosen.
  public var declined: [LinkID] { details?.declined ?? [] }

  /// The number of items of each map, in the order of ``WorkflowGraph/Stage/maps``.
  public var widths: [Int] { details?.widths ?? [] }

  /// What the stage was given, where a link carries it on.
  public var input: Payload? { details?.input }
}

/// One activation's end, on its way to the broker.
public struct Transition: Sendable {
  public let delivery: Delivery
  public let ending: Ending

  public init(of delivery: Delivery, _ ending: Ending) {
    self.delivery = delivery
    self.ending = ending
  }

  public var run: RunID { delivery.run }
  public var key: DeliveryKey { delivery.key }
  /// The broker's own handle on the run; see ``Delivery/ticket``.
  public var ticket: (any RunTicket)? { delivery.ticket }
}
