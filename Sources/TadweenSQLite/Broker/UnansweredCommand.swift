internal import Tadween

/// What a command did that was answered with an error, for its write failed; what it did stays, and is written with the next
/// group. Its repetition would change nothing more, and is to be told what the first one did (rule R6).
struct UnansweredCommand: Sendable {
  private let redrive: Redrive?
  private let decided: DeliveryKey?

  init(_ command: RunCommand, _ result: CommitResult) {
    redrive = result.redrive
    decided = if case .unpark(_, let key, _) = command, result.stale.isEmpty { key } else { nil }
  }

  /// Says in the result of a repetition what only the first one could say.
  func answer(_ command: RunCommand, in result: inout CommitResult) {
    switch command {
    case .cancel: break
    case .redrive: if let redrive, result.redrive?.isEmpty ?? true { result.redrive = redrive }
    case .unpark(_, let key, _): if key == decided { result.stale = [] }
    }
  }
}

extension Ledgers.State {
  /// What follows from a command is told with the next result, whosever it is.
  mutating func tellLater(_ result: CommitResult) {
    announceLater(result.announced)
    untold.interrupts += result.interrupts
    untold.withdrawn += result.withdrawn
  }

  mutating func announceLater(_ announced: [StageID: Int]) { untold.announced.merge(announced, uniquingKeysWith: +) }

  mutating func tellWhatIsUntold(in result: inout CommitResult) {
    result.announced.merge(takeUnannounced(), uniquingKeysWith: +)
    result.interrupts += untold.interrupts
    result.withdrawn += untold.withdrawn
    untold = CommitResult()
  }

  mutating func takeUnannounced() -> [StageID: Int] {
    defer { untold.announced = [:] }
    return untold.announced
  }
}
