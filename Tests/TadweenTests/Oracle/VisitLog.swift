import TadweenCore

@testable import Tadween

/// What the handlers saw.
final class VisitLog: Sendable {
  private struct State {
    var visits: [RunID: [(visit: RunReport.Visit, generation: UInt32)]] = [:]
    /// The run that is reported.
    var followed: RunID?
    var wasCancelled = false
  }

  private let state = Locked(State())

  func follow(_ run: RunID) { state.withLock { $0.followed = run } }

  func visits(of run: RunID) -> [RunReport.Visit] { state.withLock { $0.visits[run] ?? [] }.map(\.visit) }

  var visits: [RunReport.Visit] { state.withLock { $0.followed }.map(visits) ?? [] }

  /// All that an activation was called with since it was redriven so often.
  func inputs(of run: RunID, _ place: Place, generation: UInt32) -> Set<String?> {
    let visits = state.withLock { $0.visits[run] ?? [] }
    return Set(visits.filter { $0.generation == generation && $0.visit.place == place }.map(\.visit.input))
  }
  var wasCancelled: Bool { state.withLock { $0.wasCancelled } }

  func visit(_ delivery: Delivery, _ place: Place, input: String?) {
    state.withLock {
      $0.visits[delivery.run, default: []].append((.init(place, input: input), delivery.key.generation))
    }
  }

  /// Lets the run go on until so many activations were visited; gives up where it is over before that.
  func waitForVisits(_ count: Int, or isOver: () -> Bool) async {
    while visits.count < count && !isOver() { await Task.yield() }
  }

  func cancelled() { state.withLock { $0.wasCancelled = true } }
}
