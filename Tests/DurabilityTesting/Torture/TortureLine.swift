/// A line of the log in which the program says what it does, and nobody but the program: what the broker says of it is
/// measured by that.
package enum TortureLine: Sendable {
  /// A handler was called.
  case begin(TortureExecution, key: String, source: String)
  /// And is about to return: `ok`, `failed`, or `cut` where it was told to stop.
  case end(TortureExecution, key: String, result: String)
  /// The engine says that what came of it is recorded.
  case committed(TortureExecution)
  /// A run is complete, as its handle said.
  case complete(TortureEnd)

  package var text: String {
    switch self {
    case .begin(let execution, let key, let source): "begin \(execution.text) \(key) \(source) ."
    case .end(let execution, let key, let result): "end \(execution.text) \(key) \(result) ."
    case .committed(let execution): "committed \(execution.text) ."
    case .complete(let end):
      "complete \(end.process) \(end.number) \(end.run) \(end.outcome) \(list(end.failures)) \(list(end.absorbed)) \(end.output) ."
    }
  }

  private func list(_ failures: [String]) -> String { failures.isEmpty ? "-" : failures.joined(separator: ",") }

  /// nil: the process was killed in the middle of the line.
  package init?(_ text: Substring) {
    let words = text.split(separator: " ")
    guard words.last == ".", let kind = words.first else { return nil }
    switch (kind, words.count) {
    case ("begin", 8):
      guard let execution = TortureExecution(words[1..<5]) else { return nil }
      self = .begin(execution, key: String(words[5]), source: String(words[6]))
    case ("end", 8):
      guard let execution = TortureExecution(words[1..<5]) else { return nil }
      self = .end(execution, key: String(words[5]), result: String(words[6]))
    case ("committed", 6):
      guard let execution = TortureExecution(words[1..<5]) else { return nil }
      self = .committed(execution)
    case ("complete", 9):
      guard let process = Int(words[1]), let number = Int(words[2]) else { return nil }
      let lists = words[5...6].map { $0 == "-" ? [] : $0.split(separator: ",").map(String.init) }
      self = .complete(
        TortureEnd(
          process: process, number: number, run: String(words[3]), outcome: String(words[4]), failures: lists[0],
          absorbed: lists[1], output: String(words[7])))
    default: return nil
    }
  }
}

/// One call of a handler.
package struct TortureExecution: Hashable, Sendable {
  package let process: Int
  package let number: Int
  package let place: TorturePlace
  package let attempt: Int

  package init(process: Int, number: Int, place: TorturePlace, attempt: Int) {
    (self.process, self.number, self.place, self.attempt) = (process, number, place, attempt)
  }

  fileprivate init?(_ words: ArraySlice<Substring>) {
    let words = Array(words)
    guard let process = Int(words[0]), let number = Int(words[1]), let place = TorturePlace(text: words[2]),
      let attempt = Int(words[3])
    else { return nil }
    self.init(process: process, number: number, place: place, attempt: attempt)
  }

  fileprivate var text: String { "\(process) \(number) \(place) \(attempt)" }
}

/// How a run ended.
package struct TortureEnd: Sendable {
  package let process: Int
  package let number: Int
  package let run: String
  package let outcome: String
  /// Each as `kind@place`.
  package let failures: [String]
  package let absorbed: [String]
  package let output: String

  package init(
    process: Int, number: Int, run: String, outcome: String, failures: [String], absorbed: [String], output: String
  ) {
    (self.process, self.number, self.run, self.outcome) = (process, number, run, outcome)
    (self.failures, self.absorbed, self.output) = (failures, absorbed, output)
  }

  /// Whether it says the same, whichever process says it.
  package func agrees(with other: TortureEnd) -> Bool {
    run == other.run && outcome == other.outcome && failures == other.failures && absorbed == other.absorbed
      && output == other.output
  }

  /// What processes died over, three times each.
  package var crashed: [TorturePlace] {
    (failures + absorbed).compactMap { $0.hasPrefix("crashed@") ? TorturePlace(text: $0.dropFirst(8)) : nil }
  }
}
