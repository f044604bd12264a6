internal import TadweenCore

/// Which rounds of runs are counted as unfinished, for as long as somebody redrives them.
///
/// A broker may answer a redrive with an error and have the run open again all the same: it could not write it, and will with
/// its next write. What tells is the run's round, which only a redrive takes further.
struct RedriveRounds: Sendable {
  private var underWay: [RunID: (redrives: Int, counted: Int)] = [:]

  mutating func begin(_ run: RunID, in round: Int) {
    underWay[run, default: (0, round)].redrives += 1
  }

  /// - Returns: How many rounds have begun that nobody has counted; this caller is to.
  mutating func end(_ run: RunID, in round: Int) -> Int {
    guard let (redrives, counted) = underWay[run] else { return 0 }
    underWay[run] = redrives == 1 ? nil : (redrives - 1, max(counted, round))
    return max(round - counted, 0)
  }
}
