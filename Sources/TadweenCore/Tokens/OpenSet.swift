/// What is ready or running in a run (rule R9): empty exactly when the run is complete.
///
/// Most runs have one open activation at a time, so one is kept in place; a dictionary is made for the second.
struct OpenSet: Sendable {
  struct Entry: Sendable {
    enum Stage: UInt8, Sendable {
      case ready
      /// A worker has taken it up.
      case running
      /// It failed, and somebody is to decide what becomes of it.
      case parked
    }

    let input: HeldInput
    let generation: UInt32
    let attempt: UInt32
    let number: UInt32
    var stage = Stage.ready
    /// Whether a retry, and no interruption, took the place of the delivery before.
    var isRetry = false
    /// How many processes died while it ran.
    var crashes: UInt8 = 0

    func key(of activation: Activation) -> DeliveryKey {
      DeliveryKey(activation: activation, generation: generation, attempt: attempt, number: number)
    }

    func matches(_ key: DeliveryKey) -> Bool {
      generation == key.generation && attempt == key.attempt && number == key.number
    }
  }

  private enum Storage: Sendable {
    case none
    case one(Activation, Entry)
    case many([Activation: Entry])
  }

  private var storage = Storage.none

  var isEmpty: Bool {
    switch storage {
    case .none: true
    case .one: false
    case .many(let entries): entries.isEmpty
    }
  }

  var count: Int {
    switch storage {
    case .none: 0
    case .one: 1
    case .many(let entries): entries.count
    }
  }

  subscript(activation: Activation) -> Entry? {
    switch storage {
    case .none: nil
    case .one(let only, let entry): only == activation ? entry : nil
    case .many(let entries): entries[activation]
    }
  }

  /// Whether the key names what is open now, and nothing older.
  func isCurrent(_ key: DeliveryKey) -> Bool {
    guard let entry = self[key.activation] else { return false }
    return entry.matches(key) && entry.stage != .parked
  }

  mutating func open(_ key: DeliveryKey, _ input: HeldInput) {
    set(key.activation, Entry(input: input, generation: key.generation, attempt: key.attempt, number: key.number))
  }

  /// Opens what is open anew, on the same input.
  mutating func reopen(_ key: DeliveryKey, isRetry: Bool = false, stage: Entry.Stage = .ready, crashes: UInt8? = nil) {
    guard let entry = self[key.activation] else { return }
    set(
      key.activation,
      Entry(
        input: entry.input, generation: key.generation, attempt: key.attempt, number: key.number, stage: stage,
        isRetry: isRetry, crashes: crashes ?? entry.crashes))
  }

  /// Whether the key names the delivery whose retry is open now.
  func wasRetried(_ key: DeliveryKey) -> Bool {
    guard let entry = self[key.activation] else { return false }
    return entry.isRetry && entry.generation == key.generation && entry.number == key.number + 1
  }

  /// Marks what the key names as running; false where that is not open now, or runs already: a delivery that came twice is
  /// taken up once.
  mutating func begin(_ key: DeliveryKey) -> Bool {
    guard var entry = self[key.activation], entry.matches(key), entry.stage == .ready else { return false }
    entry.stage = .running
    set(key.activation, entry)
    return true
  }

  mutating func close(_ activation: Activation) {
    switch storage {
    case .none: break
    case .one(let only, _):
      if only == activation { storage = .none }
    case .many(var entries):
      storage = .none  // gives the dictionary up, so that it is changed in place
      entries[activation] = nil
      storage = .many(entries)
    }
  }

  private mutating func set(_ activation: Activation, _ entry: Entry) {
    switch storage {
    case .none: storage = .one(activation, entry)
    case .one(let only, let old):
      storage = only == activation ? .one(activation, entry) : .many([only: old, activation: entry])
    case .many(var entries):
      storage = .none
      entries[activation] = entry
      storage = .many(entries)
    }
  }

  /// All of it, in an order that depends on nothing but the content.
  var sorted: [(activation: Activation, entry: Entry)] {
    switch storage {
    case .none: []
    case .one(let activation, let entry): [(activation, entry)]
    case .many(let entries): entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
  }
}
