extension BrokerContract {
  /// One promise.
  public enum Check: String, CaseIterable, Hashable, Sendable {
    // Opening and submitting.

    /// A fresh broker has nothing unfinished. A second `open` throws, and leaves the first one's runs alone.
    case opensOnce
    /// A submission gives one delivery, at the entry that it names, with its payload, run and metadata.
    case startsAtTheEntry
    /// Many submissions in one call are answered in their order.
    case answersInOrder
    /// A known caller's id with an equal payload gives the ticket of its run, complete or not; with another payload it is
    /// a conflict with that run. Nothing new starts.
    case knowsCallersIDs
    /// Of many callers who submit one id at the same moment, one creates the run. All get it, started and not complete.
    case createsOneRunForAnID

    // Giving out.

    /// What becomes ready comes from the call that made it so, exactly if `handsOver` says so; otherwise by `receive`,
    /// and what is announced is what can be received.
    case handsOverOrGivesOut
    /// `receive` gives no more than it was asked for, and everything in the end.
    case receivesNoMoreThanAsked
    /// `receive` suspends while there is nothing.
    case receivesWhenThereIsSomething
    /// `receive` ends, with nothing, when its broker is closed: whoever waits, and whoever comes later.
    case endsReceivingWhenClosed
    /// `receive` ends when its caller is cancelled, and takes nothing with it.
    case endsReceivingWhenCancelled

    // What follows from an end.

    /// A commit makes the next stage ready, and no other, with the output as its payload, beside the input where the link
    /// carries it. The last one completes the run, which has the outputs that it was to keep.
    case movesOn
    /// Every end puts a token on every link: conditions, failures, branches left out and cancelled ones included.
    case putsATokenOnEveryLink
    /// A join waits for all its parents, in whatever order they end, and fires once; so does an eager one.
    case firesJoinsOnce
    /// A map opens one activation an item, none included, and its gather fires once, in the order of the items.
    case opensMapsAndGathers
    /// A commit may hold ends of several runs; each has its own consequences, and positions are those of the call.
    case commitsBatches
    /// Equal work is the same message, also in another broker; other work is another (rule R7).
    case namesEqualWorkEqually

    // What must change nothing.

    /// A commit of what was committed before changes nothing and is not stale, also in the same call.
    case ignoresRepetitions
    /// A delivery that is not current is refused by its position, and changes nothing.
    case refusesWhatIsStale
    /// A commit that throws can be repeated: its consequences come once. Needs ``BrokerContract/failNextCommit``.
    case survivesACommitThatThrows

    // Cancelling.

    /// A cancelled run's waiting deliveries are no longer begun, and it is complete; its other stages, if they run when
    /// cancelled, do.
    case endsWhatIsReadyWhenCancelled
    /// A running activation is interrupted. Its failure then counts as cut, and its success as a success.
    case interruptsWhatRuns
    /// A run that is cancelled for a cause has failed of that, until it is redriven; the first cancel counts.
    case failsOfTheCauseOfACancel
    /// Cancelling a run twice, or when it is complete, changes nothing.
    case cancelsOnce

    // Retries.

    /// An attempt that is made again is the same work under the next delivery key, with what came before, and sends nothing
    /// on.
    case retriesWhatFailed
    /// What waits for its next attempt ends with a cancelled run, and what was told to stop is not made again.
    case cancelsWhatIsToBeRetried

    // Redrives and decisions.

    /// What failed is done again when it is asked for, on its input and in the next generation; what succeeded is not. A
    /// complete run is open again, is complete once more, and its ticket keeps the first end.
    case redrivesWhatFailed
    /// What had followed from a failure is taken back: a join waits again for what is redriven, and for nothing else.
    case takesBackWhatFollowed
    /// Only what is named is redriven, and only once; what has not failed is not.
    case redrivesOnlyWhatIsMeant
    /// In a cancelled run, what the cancellation cut is done again too. So is what ended cancelled by itself, which cancels the
    /// run where it keeps a sink from running.
    case redrivesWhatWasCut
    /// What is parked sends nothing on and keeps its run open, until somebody decides, once; a cancelled run waits for
    /// nobody.
    case waitsForADecision

    // Completions.

    /// Every run is announced once each time that it becomes complete, to the observer, whatever is committed, repeated or cancelled afterwards.
    case announcesOnce
    /// When a run is announced, its ticket knows the end already.
    case knowsTheEndBeforeItTells
    /// The observer is called outside every lock (an actor is one): a submit and a cancel that it waits for get through.
    case announcesOutsideItsLocks
    /// Joins and completions are neither lost nor doubled where 64 tasks commit at the same time.
    case losesNothingUnderConcurrency
    /// The values of a run go with its last delivery and its last handle. Where payloads are encoded, there is none.
    case letsGoOfFinishedRuns

    // Closing.

    /// `close` may be called any number of times, also at once.
    case closesAnyNumberOfTimes
    /// Once closed, `submit`, `commit` and `control` throw `brokerClosed`.
    case refusesWorkOnceClosed
  }

  func perform(_ check: Check) async throws {
    switch check {
    case .opensOnce: try await opensOnce()
    case .startsAtTheEntry: try await startsAtTheEntry()
    case .answersInOrder: try await answersInOrder()
    case .knowsCallersIDs: try await knowsCallersIDs()
    case .createsOneRunForAnID: try await createsOneRunForAnID()
    case .handsOverOrGivesOut: try await handsOverOrGivesOut()
    case .receivesNoMoreThanAsked: try await receivesNoMoreThanAsked()
    case .receivesWhenThereIsSomething: try await receivesWhenThereIsSomething()
    case .endsReceivingWhenClosed: try await endsReceivingWhenClosed()
    case .endsReceivingWhenCancelled: try await endsReceivingWhenCancelled()
    case .movesOn: try await movesOn()
    case .putsATokenOnEveryLink: try await putsATokenOnEveryLink()
    case .firesJoinsOnce: try await firesJoinsOnce()
    case .opensMapsAndGathers: try await opensMapsAndGathers()
    case .commitsBatches: try await commitsBatches()
    case .namesEqualWorkEqually: try await namesEqualWorkEqually()
    case .ignoresRepetitions: try await ignoresRepetitions()
    case .refusesWhatIsStale: try await refusesWhatIsStale()
    case .survivesACommitThatThrows: try await survivesACommitThatThrows()
    case .endsWhatIsReadyWhenCancelled: try await endsWhatIsReadyWhenCancelled()
    case .interruptsWhatRuns: try await interruptsWhatRuns()
    case .failsOfTheCauseOfACancel: try await failsOfTheCauseOfACancel()
    case .cancelsOnce: try await cancelsOnce()
    case .retriesWhatFailed: try await retriesWhatFailed()
    case .cancelsWhatIsToBeRetried: try await cancelsWhatIsToBeRetried()
    case .redrivesWhatFailed: try await redrivesWhatFailed()
    case .takesBackWhatFollowed: try await takesBackWhatFollowed()
    case .redrivesOnlyWhatIsMeant: try await redrivesOnlyWhatIsMeant()
    case .redrivesWhatWasCut: try await redrivesWhatWasCut()
    case .waitsForADecision: try await waitsForADecision()
    case .announcesOnce: try await announcesOnce()
    case .knowsTheEndBeforeItTells: try await knowsTheEndBeforeItTells()
    case .announcesOutsideItsLocks: try await announcesOutsideItsLocks()
    case .losesNothingUnderConcurrency: try await losesNothingUnderConcurrency()
    case .letsGoOfFinishedRuns: try await letsGoOfFinishedRuns()
    case .closesAnyNumberOfTimes: try await closesAnyNumberOfTimes()
    case .refusesWorkOnceClosed: try await refusesWorkOnceClosed()
    }
  }
}
