import Testing

/// The real engine against the oracle, on random graphs along random scripts (§8.2).
@Suite struct EngineTrials {
  @Test func everyRunEndsAsTheRulesSay() async {
    let result = await Trial(seeds: 0..<1_500).run { _ in EngineRunner() }
    print("oracle, with policies:", result)
    #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
  }

  @Test func batchesAndHandOffChangeNothing() async {
    var trial = Trial(seeds: 10_000..<11_500)
    trial.odds.cancelsBranch = 0
    let result = await trial.run { EngineRunner(hasPolicies: false, workers: 1 + Int($0 % 3)) }
    print("oracle, without policies:", result)
    #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
  }

  @Test func aCancelledRunEndsAsTheRulesPermit() async {
    let result = await Trial(seeds: 20_000..<21_500, cancelled: 60).run { EngineRunner(workers: 1 + Int($0 % 3)) }
    print("oracle, cancelled:", result)
    #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
  }

  /// Rule R17: bounded queues never hang and change no end.
  @Test func aBoundOfOneChangesNothing() async {
    var trial = Trial(seeds: 30_000..<31_500, cancelled: 20)
    trial.options.allBoundsOne = true
    let result = await trial.run { EngineRunner(workers: 1 + Int($0 % 2), companions: 6) }
    print("oracle, bound 1:", result)
    #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
  }

  /// Stages that share one thread must not wait for room that only this thread can make.
  @Test func aBoundOfOneOnOneSharedThreadChangesNothing() async {
    var trial = Trial(seeds: 50_000..<50_300, cancelled: 20)
    trial.options.allBoundsOne = true
    let result = await trial.run { _ in EngineRunner(sharesOneThread: true, companions: 6) }
    print("oracle, bound 1 on one thread:", result)
    #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
  }

  /// Rule R10: an attempt that is made again is nothing to anybody else.
  @Test func aFirstAttemptThatFailsEverywhereChangesNothing() async {
    var trial = Trial(seeds: 60_000..<60_900, cancelled: 30)
    let plain = await trial.run { EngineRunner(roundTrip: $0 % 4 == 0, workers: 1 + Int($0 % 3), stumbles: true) }
    trial.seeds = 61_000..<61_600
    trial.options.allBoundsOne = true
    let bounded = await trial.run { _ in EngineRunner(companions: 6, stumbles: true) }
    for result in [plain, bounded] {
      print("oracle, each first attempt fails:", result)
      #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
    }
  }

  @Test func encodingEverythingChangesNothing() async {
    let result = await Trial(seeds: 40_000..<40_400, cancelled: 20).run { _ in EngineRunner(roundTrip: true) }
    print("oracle, round trip:", result)
    #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
  }
}
