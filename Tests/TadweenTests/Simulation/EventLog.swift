import TadweenCore

@testable import Tadween

/// What a listener of the whole workflow is told.
final class EventLog: Sendable {
  private struct State {
    var ends: [WorkflowEvent.Place: Int] = [:]
    var complete: [RunID: Int] = [:]
    /// What was redriven may end once more for each time.
    var redrives: [RunID: Int] = [:]
  }

  private let state = Locked(State())

  func read(_ events: WorkflowEvents.Iterator) async {
    var events = events
    while let event = await events.next() {
      state.withLock { state in
        switch event {
        case .succeeded(let place), .failed(let place, _), .notTaken(let place), .cancelled(let place):
          state.ends[place, default: 0] += 1
        case .completed(let run, _): state.complete[run, default: 0] += 1
        case .redriven(let run, _, _): state.redrives[run, default: 0] += 1
        default: break
        }
      }
    }
  }

  var problems: [String] {
    state.withLock { state in
      let often = state.redrives
      return state.ends.filter { $0.value > 1 + often[$0.key.run, default: 0] }.map {
        "the end of \($0.key.stage)\($0.key.scope) was told \($0.value) times"
      }
        + state.complete.filter { $0.value > 1 + often[$0.key, default: 0] }.map {
          "run \($0.key) was told complete \($0.value) times"
        }
    }.sorted()
  }
}
