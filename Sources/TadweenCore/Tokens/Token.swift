/// What an ended activation puts on each outgoing link (rule R2).
public enum Token: Sendable {
  /// The source succeeded; its input goes along where the link asks for it.
  case succeeded(Payload, input: Payload?)
  /// On a failure link: the source's own failure, taken as a value.
  case caught(Failure)
  case notTaken
  case cancelled
  case failed(Failure)
  /// On a gather link: the rule of the gather is met.
  case gathered([Token])

  /// How bad a token is for a join that cannot fire. The raw values are the order of rule R2.
  public enum Severity: Int, Comparable, Sendable {
    case none, notTaken, cancelled, failed
    public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
  }

  /// Whether there is a value to take: an output, a failure taken as one, or the items of a gather.
  public var isSuccess: Bool {
    switch self {
    case .succeeded, .caught, .gathered: true
    case .notTaken, .cancelled, .failed: false
    }
  }

  /// A failure that was taken as a value counts as failed: where its taker cannot run, it must surface. So does one
  /// among gathered outcomes.
  public var severity: Severity {
    switch self {
    case .succeeded: .none
    case .gathered(let items): items.contains { $0.severity == .failed } ? .failed : .none
    case .notTaken: .notTaken
    case .cancelled: .cancelled
    case .caught, .failed: .failed
    }
  }

  /// Whether a need is met by this token (rule R4).
  func meets(_ need: Need) -> Bool {
    switch need {
    case .value: isSuccess
    case .ifTaken: isSuccess || severity == .notTaken
    case .outcome: true
    }
  }

  /// The class that an activation which cannot run passes on.
  var death: Death? {
    switch self {
    case .succeeded: nil
    case .gathered(let items): items.first { $0.severity == .failed }?.death
    case .notTaken: .notTaken
    case .cancelled: .cancelled
    case .caught(let failure), .failed(let failure): .failed(failure)
    }
  }
}

/// Why something that never ran cannot run: the class that it passes on, root cause kept.
public enum Death: Hashable, Sendable {
  case notTaken
  case cancelled
  case failed(Failure)

  var token: Token {
    switch self {
    case .notTaken: .notTaken
    case .cancelled: .cancelled
    case .failed(let failure): .failed(failure)
    }
  }

  /// The worst class among tokens; of several failures the first in link order, so that order of arrival is not seen.
  static func worst(of tokens: some Sequence<Token>) -> Death {
    var worst = Death.notTaken
    var severity = Token.Severity.none
    for token in tokens where token.severity > severity {
      severity = token.severity
      worst = token.death ?? worst
    }
    return worst
  }
}
