/// What has happened to every activation so far, in 16 bytes: the search's own account, beside the ledger's.
///
/// The ledger forgets what it no longer needs. The history does not, so it can tell whether an activation ended twice,
/// and whether two ways to the same history left the ledger in the same state.
struct History: Hashable {
  static let lanes = 16

  private var lanes = SIMD16<UInt8>(repeating: 0)

  enum Status: Hashable {
    /// It has not started. Perhaps it never will: whether it has ended unstarted is for the rules to say.
    case unstarted
    /// `again`: for its second attempt.
    case ready(again: Bool)
    case running(again: Bool)
    /// It was ready when a cancellation ended it.
    case cut
    /// Its handler came back for good, in this way; perhaps after the run's flag was set, or after it had lost to an eager
    /// join.
    case ended(Int, flagged: Bool, lost: Bool, again: Bool)
  }

  subscript(number: Int) -> Status {
    get {
      switch lanes[number] {
      case 0: .unstarted
      case 1: .ready(again: false)
      case 2: .running(again: false)
      case 3: .ready(again: true)
      case 4: .running(again: true)
      case 5: .cut
      case let code:
        .ended(Int(code) / 8 - 1, flagged: code & 1 == 1, lost: code & 2 == 2, again: code & 4 == 4)
      }
    }
    set {
      lanes[number] =
        switch newValue {
        case .unstarted: 0
        case .ready(let again): again ? 3 : 1
        case .running(let again): again ? 4 : 2
        case .cut: 5
        case .ended(let kind, let flagged, let lost, let again):
          UInt8(8 + 8 * kind + (flagged ? 1 : 0) + (lost ? 2 : 0) + (again ? 4 : 0))
        }
    }
  }

  /// Whether somebody cancelled the run.
  var isCancelled: Bool {
    get { lanes[15] & 1 == 1 }
    set { lanes[15] = newValue ? lanes[15] | 1 : lanes[15] & ~1 }
  }

  /// Whether a failure cancelled it.
  var hasFatal: Bool {
    get { lanes[15] & 2 == 2 }
    set { lanes[15] = newValue ? lanes[15] | 2 : lanes[15] & ~2 }
  }

  /// Whether the flag of rule R12 is set.
  var isFlagged: Bool { lanes[15] != 0 }

  /// Grows with every move, which is why the search ends and every state has a way to the end.
  func progress(of number: Int) -> UInt8 { min(lanes[number], 5) }

  func isOpen(_ number: Int) -> Bool { (1...4).contains(lanes[number]) }
  /// Whether it is in its second attempt.
  func isAgain(_ number: Int) -> Bool { lanes[number] == 3 || lanes[number] == 4 }
  func hasStarted(_ number: Int) -> Bool { lanes[number] != 0 }

  func encode(into bytes: inout [UInt8]) { for lane in lanes.indices { bytes.append(lanes[lane]) } }
}
