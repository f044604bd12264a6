/// What has happened to every activation so far, in 32 bytes: the search's own account, beside the ledger's.
///
/// The ledger forgets what it no longer needs. The history does not, so it can tell whether an activation ended twice,
/// and whether two ways to the same history left the ledger in the same state.
struct History: Hashable {
  static let lanes = 16

  private var lanes = SIMD16<UInt8>(repeating: 0)
  /// By activation: its generation in the lowest two bits, then its crashes.
  private var counts = SIMD16<UInt8>(repeating: 0)

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

  /// Whether it was cancelled because its time was over.
  var hasTimedOut: Bool {
    get { lanes[15] & 4 == 4 }
    set { lanes[15] = newValue ? lanes[15] | 4 : lanes[15] & ~4 }
  }

  /// Whether the flag of rule R12 is set.
  var isFlagged: Bool { lanes[15] != 0 }

  func generation(of number: Int) -> UInt32 { UInt32(counts[number] & 3) }
  func crashes(of number: Int) -> Int { Int(counts[number] >> 2) }
  mutating func crash(_ number: Int) { counts[number] += 4 }

  /// It has not started, in its next generation.
  mutating func takeBack(_ number: Int) {
    lanes[number] = 0
    counts[number] = (counts[number] & 3) + 1
  }

  /// How many redrives and how many deaths of the process there were.
  var redrives: Int {
    get { Int(counts[15] & 3) }
    set { counts[15] = counts[15] & ~3 | UInt8(newValue) }
  }
  var deaths: Int {
    get { Int(counts[15] >> 2) }
    set { counts[15] = counts[15] & 3 | UInt8(newValue) << 2 }
  }

  /// Whether the two have had the same happen to them.
  func isAlike(_ a: Int, _ b: Int) -> Bool { lanes[a] == lanes[b] && counts[a] == counts[b] }

  /// Grows with every move but a redrive and a crash, of which there are few, which is why the search ends and every state has a way to the end.
  func progress(of number: Int) -> UInt8 { min(lanes[number], 5) }

  func isOpen(_ number: Int) -> Bool { (1...4).contains(lanes[number]) }
  func isRunning(_ number: Int) -> Bool { lanes[number] == 2 || lanes[number] == 4 }
  /// Whether it is in its second attempt.
  func isAgain(_ number: Int) -> Bool { lanes[number] == 3 || lanes[number] == 4 }
  func hasStarted(_ number: Int) -> Bool { lanes[number] != 0 }

  func encode(into bytes: inout [UInt8]) {
    for lane in lanes.indices { bytes.append(lanes[lane]) }
    for lane in counts.indices { bytes.append(counts[lane]) }
  }
}
