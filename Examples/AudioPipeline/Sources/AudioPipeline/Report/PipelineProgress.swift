import Tadween

/// How far the pipeline has come, counted from the workflow's events.
struct PipelineProgress: Equatable {
  var total: Int
  private(set) var finished = 0
  private var running: [String: Int] = [:]

  init(total: Int) { self.total = total }

  mutating func stageStarted(_ stage: String) { running[stage, default: 0] += 1 }
  mutating func stageEnded(_ stage: String) { running[stage, default: 0] -= 1 }
  mutating func recordingFinished() { finished += 1 }

  /// One short line: "9 of 16 done, now: decode 1, transcribe 2".
  var line: String {
    let busy = running.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return "\(finished) of \(total) done" + (busy.isEmpty ? "" : ", now: " + busy.joined(separator: ", "))
  }
}

extension Pipeline {
  /// Follows the workflow on the console's live line until the workflow closes; nothing where there is no terminal.
  func showProgress(of total: Int, on console: Console) -> Task<Void, Never>? {
    guard console.isLive else { return nil }
    let events = workflow.events
    return Task {
      var progress = PipelineProgress(total: total)
      for await event in events {
        switch event {
        case .started(let place): progress.stageStarted(place.stage)
        case .succeeded(let place), .failed(let place, _): progress.stageEnded(place.stage)
        case .completed: progress.recordingFinished()
        default: continue
        }
        await console.show(status: progress.line)
      }
      await console.show(status: "")
    }
  }
}
