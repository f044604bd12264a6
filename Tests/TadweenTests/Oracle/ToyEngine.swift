import TadweenCore

/// A machine that pushes tokens about in random order: the opposite of the oracle, which pulls. It is here to prove the
/// oracle's check before any engine is checked with it: what it does must be permitted, and each of its faults caught.
struct ToyEngine: GraphRunner {
  enum Fault: String, CaseIterable, Sendable {
    case cascadeDropped, firesTwice, mildSeverity, eagerIsPatient, itemsReversed, cancelIgnored, failureLinkTakesAll
    case failureForgotten, emptyGatherLost, deadMapOpens, everybodyLoses, firesOnNothing, needIgnored, entriesAllRun
    case completesEarly, cutForgotten, losersCancelRun, cleanUpIsCut
  }

  var seed: UInt64 = 0
  var fault: Fault?

  func run(_ draft: GraphDraft, _ script: Script) async throws -> RunReport {
    var machine = ToyMachine(draft, script, seed: seed, fault: fault)
    return machine.run()
  }
}
