/// What is ready, running or parked in a run (rule R9): empty exactly when the run is complete.
///
/// Most runs have one open activation at a time, so one is kept in place; a dictionary is made for the second. What is asked
/// on the way of every message is apart from the inputs, so that no input is copied for an answer.
struct OpenSet: Sendable {
  /// How an open activation stands.
  struct Standing: Sendable {
    enum Stage: UInt8, Sendable {
      case ready
      /// A worker has taken it up.
      case running
      /// It failed, and somebody is to decide what becomes of it.
      case parked
    }

    let generation: UInt32
    let attempt: UInt32
    let number: UInt32
    var stage = Stage.ready
    /// Whether a retry, and no interruption, took the place of the delivery before.
    var isRetry = false
    /// How many processes died while it ran.
    var crashes: UInt8 = 0

    func matches(_ key: DeliveryKey) -> Bool {
      generation == key.generation && attempt == key.attempt && number == key.number
    }
  }

  /// An open activation, with what it runs on.
  struct Entry: Sendable {
    let input: HeldInput
    fileprivate(set) var standing: Standing

    var stage: Standing.Stage { standing.stage }
    var crashes: UInt8 { standing.crashes }

    func key(of activation: Activation) -> DeliveryKey {
      DeliveryKey(
        activation: activation, generation: standing.generation, attempt: standing.attempt, number: standing.number)
    }
  }

  private enum Inputs: Sendable {
    case none
    /// That of the only one.
    case one(HeldInput)
    case many([Activation: Entry])
  }

  /// The only one, where there is one.
  private var only = Activation(stage: StageID(0))
  private var standing = Standing(generation: 0, attempt: 0, number: 0)
  private var inputs = Inputs.none

  var isEmpty: Bool {
    switch inputs {
    case .none: true
    case .one: false
    case .many(let entries): entries.isEmpty
    }
  }

  var count: Int {
    switch inputs {
    case .none: 0
    case .one: 1
    case .many(let entries): entries.count
    }
  }

  subscript(activation: Activation) -> Entry? {
    switch inputs {
    case .none: nil
    case .one(let input): only == activation ? Entry(input: input, standing: standing) : nil
    case .many(let entries): entries[activation]
    }
  }

  private func standing(of activation: Activation) -> Standing? {
    switch inputs {
    case .none: nil
    case .one: only == activation ? standing : nil
    case .many(let entries): entries[activation]?.standing
    }
  }

  /// Whether the key names what is open now, and nothing older.
  func isCurrent(_ key: DeliveryKey) -> Bool {
    guard let standing = standing(of: key.activation) else { return false }
    return standing.matches(key) && standing.stage != .parked
  }

  /// Whether the key names the delivery whose retry is open now.
  func wasRetried(_ key: DeliveryKey) -> Bool {
    guard let standing = standing(of: key.activation) else { return false }
    return standing.isRetry && standing.generation == key.generation && standing.number == key.number + 1
  }

  /// Marks what the key names as running; false where that is not open now, or runs already: a delivery that came twice is
  /// taken up once.
  mutating func begin(_ key: DeliveryKey) -> Bool {
    guard let standing = standing(of: key.activation), standing.matches(key), standing.stage == .ready else {
      return false
    }
    change(key.activation) { $0.stage = .running }
    return true
  }

  mutating func open(_ key: DeliveryKey, _ input: HeldInput) {
    let standing = Standing(generation: key.generation, attempt: key.attempt, number: key.number)
    switch inputs {
    case .none:
      (only, self.standing) = (key.activation, standing)
      inputs = .one(input)
    case .one(let other) where only != key.activation:
      inputs = .many([
        only: Entry(input: other, standing: self.standing), key.activation: Entry(input: input, standing: standing),
      ])
    case .one:
      self.standing = standing
      inputs = .one(input)
    case .many(var entries):
      inputs = .none  // gives the dictionary up, so that it is changed in place
      entries[key.activation] = Entry(input: input, standing: standing)
      inputs = .many(entries)
    }
  }

  /// Opens what is open anew, on the same input.
  mutating func reopen(
    _ key: DeliveryKey, isRetry: Bool = false, stage: Standing.Stage = .ready, crashes: UInt8? = nil
  ) {
    change(key.activation) { standing in
      standing = Standing(
        generation: key.generation, attempt: key.attempt, number: key.number, stage: stage, isRetry: isRetry,
        crashes: crashes ?? standing.crashes)
    }
  }

  private mutating func change(_ activation: Activation, _ body: (inout Standing) -> Void) {
    switch inputs {
    case .none: break
    case .one:
      if only == activation { body(&standing) }
    case .many(var entries):
      inputs = .none
      if var entry = entries[activation] {
        body(&entry.standing)
        entries[activation] = entry
      }
      inputs = .many(entries)
    }
  }

  mutating func close(_ activation: Activation) {
    switch inputs {
    case .none: break
    case .one:
      if only == activation { inputs = .none }
    case .many(var entries):
      inputs = .none
      entries[activation] = nil
      inputs = .many(entries)
    }
  }

  /// All of it, in an order that depends on nothing but the content.
  var sorted: [(activation: Activation, entry: Entry)] {
    switch inputs {
    case .none: []
    case .one(let input): [(only, Entry(input: input, standing: standing))]
    case .many(let entries): entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
  }
}
