import TadweenCore

@testable import Tadween

/// What the handlers saw.
final class VisitLog: Sendable {
  private struct State {
    var visits: [RunID: [RunReport.Visit]] = [:]
    /// The run that is reported.
    var followed: RunID?
    var wasCancelled = false
  }

  private let state = Locked(State())

  func follow(_ run: RunID) { state.withLock { $0.followed = run } }

  func visits(of run: RunID) -> [RunReport.Visit] { state.withLock { $0.visits[run] ?? [] } }

  var visits: [RunReport.Visit] { state.withLock { state in state.followed.flatMap { state.visits[$0] } ?? [] } }
  var wasCancelled: Bool { state.withLock { $0.wasCancelled } }

  func visit(_ run: RunID, _ place: Place, input: String?) {
    state.withLock { $0.visits[run, default: []].append(.init(place, input: input)) }
  }

  /// Lets the run go on until so many activations were visited; gives up where it is over before that.
  func waitForVisits(_ count: Int, or isOver: () -> Bool) async {
    while visits.count < count && !isOver() { await Task.yield() }
  }

  func cancelled() { state.withLock { $0.wasCancelled = true } }
}
