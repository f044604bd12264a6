@testable import Tadween

/// What has been recorded of one run, and what operators made of it.
struct Story: Sendable {
  enum End: Sendable { case succeeded, failed, notTaken, cancelled }

  /// How an activation ended, in which of its generations.
  struct Ended: Sendable {
    let key: DeliveryKey
    let end: End
  }

  /// One round of it, complete.
  struct Chapter: Sendable {
    let end: RunEnd
    let ends: [Place: Ended]
    let amendments: [Place: Script.Ending]
    let cancelRequested: Bool
    /// Whether the rules, given the amendments, say all there is to say about it.
    let isExact: Bool
  }

  private(set) var ends: [Place: Ended] = [:]
  private(set) var amendments: [Place: Script.Ending] = [:]
  private(set) var redrives = 0
  private var cancelRequested = false
  private var isExact = true
  private var acts = 0

  func chapter(_ end: RunEnd) -> Chapter {
    Chapter(
      end: end, ends: ends, amendments: amendments, cancelRequested: cancelRequested, isExact: isExact)
  }

  var hasFailed: Bool { ends.values.contains { $0.end == .failed } }

  /// - Returns: The same end once more is false; nil: it ended twice in one generation, which it must not.
  mutating func note(_ key: DeliveryKey, at place: Place, _ end: End) -> Bool? {
    if let known = ends[place] {
      if known.key == key { return false }
      if known.key.generation >= key.generation { return nil }
    }
    ends[place] = Ended(key: key, end: end)
    return true
  }

  /// Somebody ended it while it waited.
  mutating func cutWaiting(_ place: Place, in draft: GraphDraft) {
    let isFlagged = cancelRequested || (draft.cancelsRunOnFailure && hasFailed)
    if !isFlagged || draft.runsWhenCancelled(place.stage) { amendments[place] = .cutWaiting }
  }

  mutating func cancel() { cancelRequested = true }

  /// It failed, for the processes that ran it died.
  mutating func crash(_ key: DeliveryKey, at place: Place) {
    ends[place] = Ended(key: key, end: .failed)
    amendments[place] = .crashed
  }

  /// Somebody decided about what was parked.
  mutating func unpark(_ place: Place, _ decision: ParkDecision) {
    switch decision {
    case .retry: amendments[place] = heals
    case .skip: amendments[place] = .skipped
    case .substitute(let success):
      amendments[place] = .substituted((try? success.output.converted(to: Tagged.self).text) ?? "")
    case .fail: break
    }
  }

  /// - Parameters:
  ///   - again: What begins anew.
  ///   - takenBack: What had followed from it.
  ///   - open: What is ready or running after that.
  mutating func redrive(again: [Place], takenBack: [Place], open: [Place], in draft: GraphDraft) {
    redrives += 1
    cancelRequested = false
    let back = Set(again + takenBack)
    for place in back {
      ends[place] = nil
      // What was mended once stays so.
      if amendments[place] != .succeed { amendments[place] = nil }
    }
    for place in again where amendments[place] != .succeed { amendments[place] = heals }
    // An eager join that stays fired has had what is taken back now, and one that was cut after it had fired is done again
    // on that; no oracle knows it any more.
    let staysFired = Set(ends.keys).union(open).subtracting(back).union(again).contains { join in
      draft.rule(join.stage) != .needs
        && back.contains { place in
          draft.reaches(join.stage, from: place.stage)
            && (join.scope.starts(with: place.scope) || place.scope.starts(with: join.scope))
        }
    }
    // The flag is gone, and the failure that set it is still there.
    if staysFired || (draft.cancelsRunOnFailure && hasFailed) { isExact = false }
  }

  /// Two of three acts help.
  private var heals: Script.Ending? {
    mutating get {
      acts += 1
      return acts % 3 == 0 ? nil : .succeed
    }
  }
}

extension GraphDraft {
  func reaches(_ stage: String, from source: String) -> Bool {
    outgoing(source).contains { $0.target == stage || reaches(stage, from: $0.target) }
  }
}
