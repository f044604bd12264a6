import Tadween

/// A run's ticket with something wrong.
final class FaultyTicket: RunTicket {
  let base: any RunTicket
  private let fault: FaultyBroker.Fault
  private let isTelling: Locked<Bool>

  init(_ base: any RunTicket, _ fault: FaultyBroker.Fault, _ isTelling: Locked<Bool>) {
    (self.base, self.fault, self.isTelling) = (base, fault, isTelling)
  }

  var run: RunID { base.run }
  var round: Int { base.round }
  func end(of round: Int) -> RunEnd? {
    fault == .tellsTooEarly && isTelling.withLock { $0 }
      ? nil : base.end(of: fault == .forgetsTheFirstEnd ? base.round : round)
  }
  var metadata: Metadata { base.metadata }
  func begin(_ key: DeliveryKey) -> Bool { base.begin(key) || fault == .beginsAnything }
  var end: RunEnd? { fault == .tellsTooEarly && isTelling.withLock { $0 } ? nil : base.end }
}

/// What stands between a broker and its observer.
final class FaultyObserver: RunObserver {
  private let real: any RunObserver
  private let fault: FaultyBroker.Fault
  private let isTelling: Locked<Bool>
  private let count = Locked(0)

  init(_ real: any RunObserver, _ fault: FaultyBroker.Fault, _ isTelling: Locked<Bool>) {
    (self.real, self.fault, self.isTelling) = (real, fault, isTelling)
  }

  func runsDidComplete(_ ends: [RunEnd]) {
    switch fault {
    case .announcesNothing: return
    case .losesOneOfMany:
      let kept = ends.filter { _ in
        count.withLock { count in
          count += 1
          return count != 100
        }
      }
      real.runsDidComplete(kept)
    case .announcesTwice:
      real.runsDidComplete(ends)
      real.runsDidComplete(ends)
    default:
      isTelling.withLock { $0 = true }
      real.runsDidComplete(ends)
      isTelling.withLock { $0 = false }
    }
  }
}
