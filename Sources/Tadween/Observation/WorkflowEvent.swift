public import TadweenCore

/// Something that happened in a workflow; for progress displays and dashboards.
public enum WorkflowEvent: Sendable {
  /// Where it happened.
  public struct Place: Hashable, Sendable {
    public let run: RunID
    /// The stage's name.
    public let stage: String
    /// The map item; root outside maps.
    public let scope: ScopePath
    /// Which attempt, from 1.
    public let attempt: Int

    init(_ delivery: Delivery, of stage: StageRuntime) {
      run = delivery.run
      self.stage = stage.name
      scope = delivery.scope
      attempt = Int(delivery.key.attempt)
    }
  }

  /// Where the listener came in: the state at that moment.
  case snapshot(WorkflowSnapshot)
  /// A run was created; a repeated submission of one that exists is none.
  case submitted(RunID)
  /// A worker took the message up; its policy is asked next, then its handler runs. With a broker that does not hand over,
  /// it may be told before the end that made the message ready.
  case started(Place)
  /// A handler reported how far it is; 0…1.
  case progress(Place, fraction: Double)
  /// The policy kept the handler from running, and why; `succeeded` follows where it gave an output, `notTaken` where it
  /// cancelled the branch.
  case intercepted(Place, reason: String)
  /// The stage keeps results, and none that is stored spares this attempt: why not. Told once an attempt; see
  /// ``StagePolicy/memoised(by:coding:in:)``.
  case notMemoised(Place, MemoMiss)
  /// Its end is recorded, and its output sent on.
  case succeeded(Place)
  /// Its end is recorded: it failed for good.
  case failed(Place, Failure)
  /// It failed, and waits for somebody to decide; see ``Workflow/parked``.
  case parked(Place, Failure)
  /// Something of the run failed, and is done again: so many activations begin anew, and so many more that had followed.
  case redriven(RunID, again: Int, takenBack: Int)
  /// The attempt failed with this, and the next one is due after so long; nil: it was put off, which counts as no attempt.
  case retrying(Place, Failure?, after: Duration)
  /// The attempt has ended at its deadline, and its handler has not returned: its worker, its units and its key are not free
  /// until it does. Told at the deadline, before `failed` or `retrying`; one that is followed by no `returned` is stuck.
  case overran(Place, timeout: Duration)
  /// The handler of an attempt that had ended has returned at last, so long after its end. Whatever it brought is dropped.
  case returned(Place, after: Duration)
  /// Its handler was told to stop, because its run is cancelled, its result is wanted no longer, or its workflow closes. Its end
  /// is told when the handler returns, unless it was taken back by a redrive; one that is followed by no end is stuck.
  case interrupted(Place)
  /// The policy cancelled the branch.
  case notTaken(Place)
  /// Its run was cancelled while it ran, and it ended without a result; or it was ended while it waited, with
  /// ``Workflow/cancelWaiting(at:)``.
  case cancelled(Place)
  /// Nothing of the run is left to do. Told after all its ends.
  case completed(RunID, RunEnd.Outcome)
  /// The listener was too slow: this many events before the next one were dropped, the oldest first.
  case dropped(Int)

  /// The run that it concerns; nil for a snapshot of the whole workflow and for dropped events.
  public var run: RunID? {
    switch self {
    case .snapshot, .dropped: nil
    case .submitted(let run), .completed(let run, _), .redriven(let run, _, _): run
    case .started(let place), .progress(let place, _), .intercepted(let place, _), .notMemoised(let place, _),
      .succeeded(let place), .failed(let place, _), .parked(let place, _), .retrying(let place, _, _),
      .notTaken(let place),
      .cancelled(let place), .overran(let place, _), .returned(let place, _), .interrupted(let place):
      place.run
    }
  }
}
