import TadweenCore

/// Random runs of graphs whose stages are added, and links written, in another order.
struct RenamingSearch {
  let stages: Int

  func run() throws(Violation) {
    let start = ContinuousClock().now
    var relabelling = Relabelling(seed: 1)
    var runs = 0
    for count in 2...stages {
      for shape in Shape.all(of: count) {
        let drafts = shape.patterns.map(\.draft) + MapPatterns(shape: shape, isThorough: count <= 3).drafts
        for model in drafts.flatMap(ModelCase.all) {
          for _ in 0..<4 {
            try relabelling.check(model)
            runs += 1
          }
        }
      }
    }
    say(
      "model check: \(runs) random runs under other names, \(Tally.format(ContinuousClock().now - start)) s: the same")
  }
}
