public import TadweenCore

/// Why something does not go on (rule R18), as a value to switch on and as a sentence to read.
public enum WaitReason: Hashable, Sendable, CustomStringConvertible {
  /// It does: its handler runs.
  case running
  /// A join has not had the token of one of its parents; of a gather, so many items have not ended.
  case token(from: String, missingItems: Int?)
  /// Every worker of the stage has something to do.
  case worker(of: Int)
  /// Somebody has paused the stage.
  case paused(by: String)
  /// Messages of the same key are under way, or came before it.
  case key(String)
  /// The stage begins no more attempts for so long.
  case rate(for: Duration)
  /// The workflow's shared state has held the stage up for so long.
  case state(since: Duration)
  /// Units are lacking.
  case units([Shortage])
  /// There are enough units, and those who came before are to have them first.
  case turn
  /// Its batch is not full; it begins without the others after so long.
  case batch(gathered: Int, of: Int, for: Duration)
  /// Its next attempt is due after so long.
  case retry(in: Duration)
  /// The handler of its last attempt, which ended at its deadline, has not returned.
  case handler
  /// Its last attempt failed so long ago, and somebody is to decide what becomes of it; see ``Workflow/parked``. It fails where
  /// nobody has done so after so long.
  case parked(Failure, since: Duration, failsIn: Duration)
  /// It has ended, and waits for room in the queue of a stage that it brings work to.
  case room(in: String)
  /// It is an item of a map that opens as room appears in the stage's own queue.
  case roomToOpen
  /// Two processes died over the work of that stage and run, which therefore runs with nothing beside it first (rule R11).
  case isolation(of: String, RunID)
  /// As many runs are unfinished as may be.
  case admission(limit: Int)

  /// Units of a resource that are lacking.
  public struct Shortage: Hashable, Sendable, CustomStringConvertible {
    public let resource: String
    public let wanted: Int
    public let free: Int
    public let units: Int
    public let holders: [ResourceUse.Holder]

    public var description: String {
      let held = holders.map { "\"\($0.stage)\" of run \($0.run) (\($0.units) for \($0.age))" }
      return "\(wanted) of \"\(resource)\", of which \(free) of \(units) are free"
        + (held.isEmpty ? "" : "; the others are held by " + held.joined(separator: ", "))
    }
  }

  public var description: String {
    switch self {
    case .running: "runs"
    case .token(let parent, nil): "waits for \"\(parent)\" to end"
    case .token(let parent, let items?): "waits for \(items) \(items == 1 ? "item" : "items") of \"\(parent)\" to end"
    case .worker(let workers): "waits for one of \(workers) \(workers == 1 ? "worker" : "workers"), which are busy"
    case .paused(let holder): "waits for its stage to be resumed, which \(holder) has paused"
    case .key(let key): "waits for others of the key \"\(key)\", which came before it"
    case .rate(let time): "waits for its stage's rate limit, for \(time)"
    case .state(let time): "waits for the workflow's shared state to change, and has done so for \(time)"
    case .units(let shortages): "waits for units: " + shortages.map(\.description).joined(separator: "; ")
    case .turn: "waits for its turn: the units are there, and others that want them came before it"
    case .batch(let gathered, let size, let time):
      "waits for its batch: \(gathered) of \(size) are there, and it begins in \(time)"
    case .retry(let time): "waits for its next attempt, in \(time)"
    case .handler: "waits for the handler of its last attempt, which ended at its deadline and has not returned"
    case .parked(let failure, let time, let rest):
      "waits for somebody to decide what becomes of it, and fails in \(rest) otherwise; \(time) ago: \(failure)"
    case .room(let stage): "has ended, and waits for room in the queue of \"\(stage)\""
    case .roomToOpen: "waits for room in its stage's queue, as an item of a map"
    case .isolation(let stage, let run):
      "waits for \"\(stage)\" of run \(run), which runs alone because two processes died over it"
    case .admission(let limit): "waits to be submitted: \(limit) runs are unfinished, which is as many as may be"
    }
  }
}

/// Something that does not go on, and why.
public struct Wait: Sendable, CustomStringConvertible {
  /// The stage; nil for what waits to be submitted.
  public let stage: String?
  /// The run; where several wait for the same reason, the first of them.
  public let run: RunID?
  /// The map item; root outside maps.
  public let scope: ScopePath
  public let reason: WaitReason
  /// How many wait at this stage for this reason.
  public internal(set) var count = 1
  /// Why no stored result spared it, where the stage keeps results and one run was asked about.
  public internal(set) var miss: MemoMiss?

  /// A sentence.
  public var description: String {
    let others = count > 1 ? " (\(count) such)" : ""
    let remark = miss.map { " It is not spared: \($0)." } ?? ""
    return (stage.map { "\"\($0)\"\(scope) " } ?? "A run ") + "\(reason)\(others)." + remark
  }
}
