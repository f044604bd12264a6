/// What a run is to do and what is to come out of it: a function of its number, so that whoever reads the log knows.
package struct TorturePlan: Sendable {
  package let number: Int

  package init(_ number: Int) { self.number = number }

  package var callerID: String { "run \(number)" }
  package var entry: TortureStage { number % 2 == 1 ? .left : .right }
  package var width: Int { number % 4 }
  /// Some payloads are too long for the rows of their events.
  package var padding: Int { number % 7 == 0 ? 3000 : 10 }

  /// How often the handler fails before it succeeds; nil: it never succeeds.
  package func failures(at place: TorturePlace) -> Int? {
    switch place.stage {
    case .item: (number + (place.item ?? 0)) % 4 == 0 ? 1 : 0
    case .mirrorA: number % 5 == 0 ? nil : 0
    case .fragile: number % 3 == 0 ? nil : number % 3 - 1
    default: 0
    }
  }

  /// How many attempts a stage has.
  package static let attempts = 2

  /// What `end` says.
  ///
  /// - Parameter branchCrashed: Whether processes died over the branch of `fragile`, so that something else was done.
  package func output(branchCrashed: Bool = false) -> String {
    let sum = (0..<width).reduce(0) { $0 + 2 * value(of: $1) }
    let settled = branchCrashed ? "crashed" : failures(at: TorturePlace(.fragile)) == nil ? "handler" : "sound"
    return "\(number)/\(sum)/\(number % 2 == 1 ? "odd" : "even")/\(settled)/\(padding)"
  }

  package func value(of item: Int) -> Int { number * 10 + item }

  /// Whether the run has such a piece of work at all.
  package func includes(_ place: TorturePlace) -> Bool {
    switch place.stage {
    case .left, .right: place.stage == entry
    case .item, .polish: place.item.map { $0 < width } ?? false
    case .odd: number % 2 == 1
    case .even: number % 2 == 0
    default: true
    }
  }

  /// What has to have ended before, all of it.
  ///
  /// - Parameter source: Whose output it was given, where it takes that of the first of several.
  package func parents(of place: TorturePlace, source: TortureStage?) -> [TorturePlace] {
    switch place.stage {
    case .left, .right: []
    case .start: [TorturePlace(entry)]
    case .item, .odd, .even, .mirrorA, .mirrorB, .fragile: [TorturePlace(.start)]
    case .polish: [TorturePlace(.item, place.item)]
    case .collect: [TorturePlace(.start)] + (0..<width).map { TorturePlace(.polish, $0) }
    case .pair: [TorturePlace(number % 2 == 1 ? .odd : .even)]
    case .sound, .mend: [TorturePlace(.fragile)]
    case .fetch: source.map { [TorturePlace($0)] } ?? []
    case .settled: [TorturePlace(.start)] + (source.map { [TorturePlace($0)] } ?? [])
    case .end: [.collect, .pair, .fetch, .settled].map { TorturePlace($0) }
    }
  }
}
