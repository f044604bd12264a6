import TadweenCore

extension Oracle {
  enum Severity: Int, Comparable, Sendable {
    case notTaken, cancelled, failed
    static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
  }

  enum End: Equatable, Sendable {
    case succeeded(String)
    /// Without a value. The causes: where the failures arose that this end may name as its root.
    case ended(Severity, causes: Set<Place>)
  }

  struct Activation: Sendable {
    var end = End.ended(.cancelled, causes: [])
    /// Its policy was asked, at least; otherwise it died, or was cut off before.
    var visited = false
    /// It fired, but a cancellation ended it.
    var cut = false
    /// The inputs that the rules permit, given what is above it.
    var permitted: [Pattern] = []
    /// What has certainly ended before it fired or died.
    var before: Set<Place> = []
  }

  enum Token {
    /// A failure that its own link took is a value, too, and so is one among gathered outcomes.
    case value(Pattern, failures: Set<Place>)
    case dead(Severity, causes: Set<Place>)
  }
  /// What a link brings, and the activations whose ends brought it.
  typealias Arrival = (link: GraphDraft.Link, token: Token, ends: Set<Place>)
}

extension Oracle.Token {
  var isValue: Bool { if case .value = self { true } else { false } }

  /// How much it weighs when its join dies: a failure taken as a value counts as failed; a plain value weighs nothing.
  var severity: Oracle.Severity? {
    switch self {
    case .value(_, let failures): failures.isEmpty ? nil : .failed
    case .dead(let severity, _): severity
    }
  }

  var causes: Set<Place> {
    switch self {
    case .value(_, let failures): failures
    case .dead(_, let causes): causes
    }
  }

  func meets(_ need: Need) -> Bool {
    guard case .dead(let severity, _) = self else { return true }
    return need == .outcome || (need == .ifTaken && severity == .notTaken)
  }

  /// How it reads in the input of a handler that takes it.
  func text(_ need: Need) -> Pattern {
    switch self {
    case .value(let text, _): text
    case .dead where need == .ifTaken: Pattern(Wording.skipped)
    case .dead(.failed, let causes): Pattern(causes.sorted().map(Wording.failed))
    case .dead(.cancelled, _): Pattern(Wording.cancelled)
    case .dead(.notTaken, _): Pattern(Wording.notTaken)
    }
  }

  /// What a gather brings, given the ends of its items (R5).
  static func gathered(_ items: [Self], _ rule: GatherRule) -> Self {
    var need = Need.outcome
    var enough = 0
    switch rule {
    case .all: need = .value
    case .ifTaken: need = .ifTaken
    case .outcome: break
    case .atLeast(let share): enough = Int((share * Double(items.count)).rounded(.up))
    }
    guard items.allSatisfy({ $0.meets(need) }), items.count(where: \.isValue) >= enough else { return .worst(items) }
    let failures: Set<Place> = items.filter { $0.severity == .failed }.reduce(into: Set<Place>()) {
      $0.formUnion($1.causes)
    }
    return .value(.list(items.map { $0.text(need) }, open: "[", close: "]"), failures: failures)
  }

  /// The worst class among them, with every root cause that it may name.
  static func worst(_ tokens: [Self]) -> Self {
    let severity = tokens.compactMap(\.severity).max() ?? .notTaken
    return .dead(
      severity, causes: tokens.filter { $0.severity == severity }.reduce(into: []) { $0.formUnion($1.causes) })
  }
}

extension Oracle.End: CustomStringConvertible {
  var description: String {
    switch self {
    case .succeeded(let output): "succeeded with \(output)"
    case .ended(let severity, let causes) where causes.isEmpty: "\(severity)"
    case .ended(let severity, let causes):
      "\(severity) because of \(causes.sorted().map(\.description).joined(separator: " or "))"
    }
  }
}
