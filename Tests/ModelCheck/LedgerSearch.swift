import TadweenCore

/// All cases up to a number of stages, one after the other.
struct LedgerSearch {
  let stages: Int
  /// The most stages for which maps are laid over every shape: with five, widths to 2 at depth 2 make 15 activations.
  let stagesWithMaps: Int
  /// The most activations that a case has whose activations are retried. A retry doubles the ways of each; larger cases
  /// leave it to these, which have every kind of link and rule too.
  let retried: Int
  private let clock = ContinuousClock()

  init(stages: Int, stagesWithMaps: Int = 4, retried: Int = 4) {
    self.stages = stages
    self.retried = retried
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
    var tally = Tally()
    for draft in drafts() { try search(draft, &tally) }
    total.add(tally)
    say("  \(title): \(tally.cases) cases, \(tally.states) states, \(Tally.format(clock.now - start)) s")
  }

  private func search(_ draft: GraphDraft, _ tally: inout Tally) throws(Violation) {
    for model in ModelCase.all(draft) {
      var explorer = Explorer(model, retried: retried)
      try explorer.run()
      tally.cases += 1
      tally.states += explorer.states
      tally.ends += explorer.ends
    }
  }
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
