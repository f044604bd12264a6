/// What a run's ledger keeps beyond the bare line of stages that most runs are: joins, maps, failures.
struct RunExtras: Sendable {
  var joins: [Activation: JoinState] = [:]
  /// The number of items of each map that has opened, by the map and the scope around it.
  var widths: [MapInstance: Int] = [:]
  /// Own failures of activations, wherever they went.
  var failures: [Activation: Failure] = [:]
  /// What reached a sink.
  var surfaced: [Sink: Failure] = [:]
  /// The sinks that were cancelled, or died of it: also where nobody cancelled the run, and somebody ended what waited at a
  /// stage.
  var cutSinks: Set<Sink> = []
  /// What gathers that failures kept from firing had.
  var shortfalls: [Gather: GatherShortfall] = [:]
  /// What cancelled the run by its failure, where the workflow says so.
  var fatal: Activation?
  /// What the run was cancelled for, where that was nobody's wish: the run has failed of it.
  var cause: Failure?
  /// Deliveries that were applied, but for the plain ones.
  var ended: Set<DeliveryKey> = []
  /// Joins that fired early and cancel what only leads to them.
  var settledJoins: Set<Activation> = []
  /// What failed, or was cut by a cancellation, ran on: for a redrive.
  var kept: [Activation: Kept] = [:]
  /// The generations of what was taken back; of all others it is 0.
  var generations: [Activation: UInt32] = [:]
  /// What came before the attempt that is open, where it is not the first.
  var histories: [Activation: AttemptHistory] = [:]
  /// What the parked activations failed of.
  var parked: [Activation: Failure] = [:]

  /// What became of the run, once it is complete: thousands of failures are not to be sorted anew at every look.
  var end: RunEnd?
  /// The ends of the rounds before this one.
  var pastEnds: [RunEnd] = []

  struct MapInstance: Hashable, Sendable {
    let map: MapID
    let scope: ScopePath
  }

  /// What an activation ran on, and how far it came.
  struct Kept: Sendable {
    let input: HeldInput
    let history: AttemptHistory?
    var attempt: UInt32 = 1
    var crashes: UInt8 = 0

    init(_ input: HeldInput) { (self.input, history) = (input, nil) }

    init(_ entry: OpenSet.Entry, _ history: AttemptHistory?, crashes: UInt8? = nil) {
      (input, self.history) = (entry.input, history)
      (attempt, self.crashes) = (entry.standing.attempt, crashes ?? entry.crashes)
    }
  }

  /// A gather in one scope.
  struct Gather: Hashable, Comparable {
    let link: LinkID
    let scope: ScopePath
    static func < (a: Gather, b: Gather) -> Bool { (a.link.index, a.scope) < (b.link.index, b.scope) }
  }

  /// A place where a run ends: a sink, or a sink inside a map that never opened.
  struct Sink: Hashable, Sendable, Comparable {
    let activation: Activation
    static func < (a: Sink, b: Sink) -> Bool { a.activation < b.activation }
  }

  final class Box: @unchecked Sendable {  // changed only where there is one reference to it; see `extras`
    var value: RunExtras
    init(_ value: RunExtras) { self.value = value }
  }
}

extension RunLedger {
  /// Behind one reference, made at the first change, so that a million queued runs do not each carry a dozen empty
  /// collections. A value all the same: a copy of a ledger does not see what changes in the other.
  var extras: RunExtras {
    _read { if let box { yield box.value } else { yield RunExtras() } }
    _modify {
      if box == nil {
        box = RunExtras.Box(RunExtras())
      } else if !isKnownUniquelyReferenced(&box) {
        box = box.map { RunExtras.Box($0.value) }
      }
      // Made above where it was nil.
      yield &box!.value
    }
  }

  /// Whether there may be any; asked on the way of every message.
  var hasExtras: Bool { box != nil }
}
