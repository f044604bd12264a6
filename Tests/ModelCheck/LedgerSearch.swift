import TadweenCore

/// All cases up to a number of stages, some at a time.
struct LedgerSearch {
  let stages: Int
  /// The most stages for which maps are laid over every shape: with five, widths to 2 at depth 2 make 15 activations.
  let stagesWithMaps: Int
  /// What may go wrong beyond the endings of handlers, in one search after the other.
  let faults: [Faults]
  private let clock = ContinuousClock()

  init(stages: Int, stagesWithMaps: Int = 4, faults: [Faults] = Faults.all) {
    self.stages = stages
    self.faults = faults
    self.stagesWithMaps = stagesWithMaps
  }

  func run() throws(Violation) {
    var total = Tally()
    let start = clock.now
    for count in 1...stages {
      let shapes = Shape.all(of: count)
      guard shapes.count == Shape.known[count - 1] else {
        throw Violation(.namesMeanNothing, "\(shapes.count) graphs of \(count) stages, not \(Shape.known[count - 1])")
      }
      total.graphs += shapes.count
      try search("\(count) stages, \(shapes.count) graphs", &total) { shapes.flatMap { $0.patterns.map(\.draft) } }
      if count <= stagesWithMaps {
        try search("\(count) stages, maps to depth 2", &total) {
          shapes.flatMap { MapPatterns(shape: $0, isThorough: count <= 3).drafts }
        }
      }
    }
    // Graphs up to renaming, connected or not.
    say(
      "model check: \(total.graphs) graphs, \(total.cases) cases, \(total.states) states, \(total.ends) ends, "
        + "\(Tally.format(clock.now - start)) s: every invariant holds")
  }

  private func search(_ title: String, _ total: inout Tally, _ drafts: () -> [GraphDraft]) throws(Violation) {
    let start = clock.now
    let tally = try Tally.of(drafts()) { draft, tally throws(Violation) in
      for faults in faults { try search(draft, faults, &tally) }
    }
    total.add(tally)
    say("  \(title): \(tally.cases) cases, \(tally.states) states, \(Tally.format(clock.now - start)) s")
  }

  private func search(_ draft: GraphDraft, _ faults: Faults, _ tally: inout Tally) throws(Violation) {
    for model in ModelCase.all(draft) {
      guard faults.activations.contains(Layout(model).activations.count) else { continue }
      var explorer = Explorer(model, faults)
      try explorer.run()
      tally.cases += 1
      tally.states += explorer.states
      tally.ends += explorer.ends
    }
  }
}

/// What may go wrong in a run, and in which cases that is searched: each of it multiplies the states, so cases of many
/// activations leave it to smaller ones, which have every kind of link and rule too.
struct Faults {
  /// The numbers of activations of the cases that are searched.
  let activations: ClosedRange<Int>
  /// The most activations with which each is retried once.
  var retried = 0
  /// How many redrives there may be.
  var redrives = 0
  /// How many times the process may die.
  var crashes = 0
  /// Whether the run's time may be over at any moment.
  var timesOut = false
  /// Whether somebody may end one activation alone.
  var cutsAlone = false
  /// Whether a handler ends in two ways only: it fails, or it succeeds, with all its links taken and the widest maps.
  var isPlain = false

  /// What shows a mutant quickly.
  static let forMutants = [
    Faults(activations: 1...1, retried: 1, redrives: 2, crashes: 3),
    Faults(activations: 2...2, retried: 2, redrives: 1),
    Faults(activations: 2...2, crashes: 1, isPlain: true),
    Faults(activations: 2...2, redrives: 1, timesOut: true, cutsAlone: true, isPlain: true),
    Faults(activations: 3...4, redrives: 1, isPlain: true), Faults(activations: 3...15),
  ]

  /// Every case at least once, and the small ones with all of it together.
  static let all = [
    Faults(activations: 1...2, retried: 2, redrives: 2, crashes: 3),
    Faults(activations: 3...15, retried: 4),
    Faults(activations: 3...3, redrives: 2, isPlain: true),
    Faults(activations: 1...3, redrives: 1, timesOut: true, cutsAlone: true, isPlain: true),
  ]

  /// More of the same, which takes long.
  static let redrives = [
    Faults(activations: 3...3, redrives: 2, crashes: 1), Faults(activations: 4...5, redrives: 1),
  ]
}

/// What was counted.
struct Tally {
  var graphs = 0
  var cases = 0
  var states = 0
  var ends = 0

  mutating func add(_ other: Tally) {
    graphs += other.graphs
    cases += other.cases
    states += other.states
    ends += other.ends
  }

  /// Seconds, to a tenth.
  static func format(_ duration: Duration) -> String {
    let tenths = Int((duration / .milliseconds(100)).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
