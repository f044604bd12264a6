import Tadween
import TadweenTesting
import Testing

/// A check that has never failed proves nothing: each one is shown a broker that breaks its promise.
@Suite(.timeLimit(.minutes(5))) struct BrokerContractFaultTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let fault: FaultyBroker.Fault
    let check: BrokerContract.Check
    var kind = BrokerKind.inMemory
    /// What is lost is waited for: only the end of the patience tells.
    var hangs = false

    init(
      _ fault: FaultyBroker.Fault, _ check: BrokerContract.Check, _ kind: BrokerKind = .inMemory, hangs: Bool = false
    ) {
      (self.fault, self.check, self.kind, self.hangs) = (fault, check, kind, hangs)
    }

    var testDescription: String { "\(fault) is noticed by \(check)" }
  }

  static let cases = [
    Case(.opensTwice, .opensOnce),
    Case(.losesMetadata, .startsAtTheEntry),
    Case(.renamesRuns, .startsAtTheEntry),
    Case(.deliversTwice, .startsAtTheEntry),
    Case(.mixesAnswers, .answersInOrder),
    Case(.forgetsIDs, .knowsCallersIDs),
    Case(.takesAnyPayload, .knowsCallersIDs),
    Case(.forgetsIDs, .createsOneRunForAnID),
    Case(.handsOverAllTheSame, .handsOverOrGivesOut),
    Case(.deliversTwice, .handsOverOrGivesOut, .roundTrip),
    Case(.announcesTooMuch, .handsOverOrGivesOut, .roundTrip),
    Case(.givesTooMuch, .receivesNoMoreThanAsked, .roundTrip),
    Case(.comesBackEmpty, .receivesWhenThereIsSomething, .roundTrip),
    Case(.ignoresClose, .endsReceivingWhenClosed, .roundTrip, hangs: true),
    Case(.ignoresCancellation, .endsReceivingWhenCancelled, .roundTrip, hangs: true),
    Case(.losesAfterCancellation, .endsReceivingWhenCancelled, .roundTrip, hangs: true),
    Case(.changesPayloads, .movesOn),
    Case(.mixesStages, .movesOn, .roundTrip),
    Case(.deliversTwice, .movesOn, .roundTrip),
    Case(.takesDeclinedLinks, .putsATokenOnEveryLink),
    Case(.losesEveryThirdCommit, .firesJoinsOnce),
    Case(.losesAnItem, .opensMapsAndGathers),
    Case(.movesPositions, .commitsBatches),
    Case(.renamesRuns, .namesEqualWorkEqually),
    Case(.repeatsItself, .ignoresRepetitions),
    Case(.refusesRepetitions, .ignoresRepetitions),
    Case(.takesWhatIsStale, .refusesWhatIsStale),
    Case(.beginsAnything, .refusesWhatIsStale),
    Case(.losesWhatThrew, .survivesACommitThatThrows),
    Case(.beginsAnything, .endsWhatIsReadyWhenCancelled),
    Case(.interruptsNothing, .interruptsWhatRuns),
    Case(.cutsNothing, .interruptsWhatRuns),
    Case(.losesTheCause, .failsOfTheCauseOfACancel),
    Case(.cancelsAgain, .cancelsOnce),
    Case(.losesRetries, .retriesWhatFailed),
    Case(.forgetsWhatCameBefore, .retriesWhatFailed),
    Case(.retriesTwice, .retriesWhatFailed),
    Case(.beginsAnything, .cancelsWhatIsToBeRetried),
    Case(.cutsNothing, .cancelsWhatIsToBeRetried),
    Case(.redrivesNothing, .redrivesWhatFailed),
    Case(.redrivesUnderTheOldKey, .redrivesWhatFailed),
    Case(.forgetsTheFirstEnd, .redrivesWhatFailed),
    Case(.beginsAnything, .redrivesWhatFailed),
    Case(.takesWhatIsStale, .takesBackWhatFollowed),
    Case(.redrivesNothing, .takesBackWhatFollowed),
    Case(.redrivesEverything, .redrivesOnlyWhatIsMeant),
    Case(.redrivesWhatItWasGiven, .redrivesWhatWasCut),
    Case(.parksNothing, .waitsForADecision),
    Case(.decidesAnything, .waitsForADecision),
    Case(.announcesTwice, .announcesOnce),
    Case(.announcesNothing, .announcesOnce, hangs: true),
    Case(.tellsTooEarly, .knowsTheEndBeforeItTells),
    Case(.tellsUnderItsLock, .announcesOutsideItsLocks, hangs: true),
    Case(.losesEveryThirdCommit, .losesNothingUnderConcurrency),
    Case(.losesOneOfMany, .losesNothingUnderConcurrency, hangs: true),
    Case(.keepsEverything, .letsGoOfFinishedRuns, hangs: true),
    Case(.closesOnce, .closesAnyNumberOfTimes),
    Case(.worksWhenClosed, .refusesWorkOnceClosed),
  ]

  @Test(arguments: cases) func `a broken promise is noticed`(_ broken: Case) async throws {
    // Short where it is meant to hang: one that merely was slow is expected to fail all the same.
    let contract = BrokerContract(
      patience: broken.hangs ? .milliseconds(300) : .seconds(60),
      failNextCommit: { ($0 as? FaultyBroker)?.throwNext() }
    ) { FaultyBroker(broken.fault, on: broken.kind.make()) }
    let failure = await #expect(throws: BrokerContract.Failure.self) { try await contract.verify(broken.check) }
    #expect(failure?.check == broken.check)
    #expect(failure?.reason.hasPrefix("hung") == broken.hangs, "\(failure?.reason ?? "nothing")")
  }

  /// Whoever reads it has to know where to look.
  @Test func `a check that hangs says what it waits for`() async throws {
    let contract = BrokerContract(patience: .seconds(1)) { FaultyBroker(.announcesNothing, on: .inMemory) }
    let failure = await #expect(throws: BrokerContract.Failure.self) { try await contract.verify(.movesOn) }
    #expect(
      failure?.description
        == "movesOn: hung; it gave no result within 1.0 seconds, waiting for a complete run to be announced.")
  }

  @Test func `every check has failed`() {
    #expect(Set(Self.cases.map(\.check)) == Set(BrokerContract.Check.allCases))
  }

  /// What the wrapper does by itself must not be what is noticed.
  @Test(arguments: BrokerKind.allCases, BrokerContract.Check.allCases)
  func `without its fault the broker passes`(_ kind: BrokerKind, _ check: BrokerContract.Check) async throws {
    try await BrokerContract { FaultyBroker(.none, on: kind.make()) }.verify(check)
  }
}
