/// How many runs may be unfinished at once (rule R17): a place each, given in the order in which they were asked for.
public struct RunLimit: Sendable {
  /// Names someone who waits for a place.
  public typealias Submitter = UInt64

  public let greatest: Int
  private var taken = 0
  private var waiting: Set<Submitter> = []
  /// The order of their turns; those who wait no longer are passed over.
  private var turns = Fifo<Submitter>()

  public init(_ greatest: Int) { self.greatest = greatest }

  /// Takes up to so many places. Nought where the submitter has to wait its turn; it is given one place then.
  public mutating func reserve(atMost wanted: Int, for submitter: Submitter) -> Int {
    guard waiting.isEmpty, taken < greatest else {
      waiting.insert(submitter)
      turns.append(submitter)
      return 0
    }
    let count = min(wanted, greatest - taken)
    taken += count
    return count
  }

  /// Runs that are unfinished without having asked: they were so when the broker opened, or are again.
  public mutating func add(_ runs: Int) { taken += runs }

  /// Places are free again. Returns the submitters that may go on, each of whom has one.
  public mutating func release(_ places: Int) -> [Submitter] {
    taken -= places
    var admitted: [Submitter] = []
    while taken < greatest, let next = turns.popFirst() {
      guard waiting.remove(next) != nil else { continue }
      taken += 1
      admitted.append(next)
    }
    return admitted
  }

  /// Forgets a submitter that no longer waits.
  public mutating func forget(_ submitter: Submitter) { waiting.remove(submitter) }

  /// How many wait.
  public var waitingSubmitters: Int { waiting.count }
}
