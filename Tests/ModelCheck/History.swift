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
    case ready
    case running
    /// It was ready when a cancellation ended it.
    case cut
    /// Its handler came back, in this way; perhaps after the run's flag was set, or after it had lost to an eager join.
    case ended(Int, flagged: Bool, lost: Bool)
  }

  subscript(number: Int) -> Status {
    get {
      switch lanes[number] {
      case 0: .unstarted
      case 1: .ready
      case 2: .running
      case 3: .cut
      case let code: .ended(Int(code - 4) / 4, flagged: code & 1 == 1, lost: code & 2 == 2)
      }
    }
    set {
      lanes[number] =
        switch newValue {
        case .unstarted: 0
        case .ready: 1
        case .running: 2
        case .cut: 3
        case .ended(let kind, let flagged, let lost): UInt8(4 + 4 * kind + (flagged ? 1 : 0) + (lost ? 2 : 0))
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
  func progress(of number: Int) -> UInt8 { min(lanes[number], 3) }

  func isOpen(_ number: Int) -> Bool { lanes[number] == 1 || lanes[number] == 2 }
  func hasStarted(_ number: Int) -> Bool { lanes[number] != 0 }

  func encode(into bytes: inout [UInt8]) { for lane in lanes.indices { bytes.append(lanes[lane]) } }
}
