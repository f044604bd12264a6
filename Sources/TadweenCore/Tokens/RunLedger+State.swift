/// A ledger's state as bytes, for whoever has to compare states: the model check, and tests.
///
/// Two ledgers give the same bytes exactly when no sequence of events can tell them apart. So whatever a rule reads is
/// in them, in an order of its own; what no rule reads is left out: the content of payloads, and the order in which
/// activations ended.
extension RunLedger {
  package func encodeState(into bytes: inout [UInt8]) {
    bytes.append(
      (isCancelled ? 1 : 0) | (wasCut ? 2 : 0) | (extras.fatal == nil ? 0 : 4) | (extras.cause == nil ? 0 : 8))
    if let fatal = extras.fatal { encode(fatal, into: &bytes) }
    if let cause = extras.cause { encode(cause, into: &bytes) }
    for (activation, entry) in open.sorted {
      encode(activation, into: &bytes)
      let standing = entry.standing
      encode(standing.generation, standing.attempt, standing.number, into: &bytes)
      bytes.append(standing.stage.rawValue | (standing.isRetry ? 4 : 0) | standing.crashes << 3)
    }
    bytes.append(Self.mark)
    for key in endedKeys {
      encode(key.activation, into: &bytes)
      encode(key.generation, key.attempt, key.number, into: &bytes)
    }
    bytes.append(Self.mark)
    for (activation, state) in extras.joins.sorted(by: { $0.key < $1.key }) {
      encode(activation, into: &bytes)
      state.encode(into: &bytes)
    }
    bytes.append(Self.mark)
    for (map, width) in extras.widths.sorted(by: { ($0.key.map.index, $0.key.scope) < ($1.key.map.index, $1.key.scope) }
    ) {
      bytes.append(number: Int(map.map.index))
      encode(map.scope, into: &bytes)
      bytes.append(number: width)
    }
    bytes.append(Self.mark)
    for activation in outputs.sorted.map(\.activation) { encode(activation, into: &bytes) }
    bytes.append(Self.mark)
    for (activation, failure) in extras.failures.sorted(by: { $0.key < $1.key }) {
      encode(activation, into: &bytes)
      encode(failure, into: &bytes)
    }
    bytes.append(Self.mark)
    for (sink, failure) in extras.surfaced.sorted(by: { $0.key < $1.key }) {
      encode(sink.activation, into: &bytes)
      encode(failure, into: &bytes)
    }
    bytes.append(Self.mark)
    for sink in extras.cutSinks.sorted() { encode(sink.activation, into: &bytes) }
    bytes.append(Self.mark)
    for (gather, shortfall) in extras.shortfalls.sorted(by: { $0.key < $1.key }) {
      bytes.append(number: Int(gather.link.index))
      encode(gather.scope, into: &bytes)
      bytes.append(number: shortfall.succeeded)
    }
    bytes.append(Self.mark)
    for join in extras.settledJoins.sorted() { encode(join, into: &bytes) }
    bytes.append(Self.mark)
    for activation in extras.kept.keys.sorted() { encode(activation, into: &bytes) }
    bytes.append(Self.mark)
    for (activation, generation) in extras.generations.sorted(by: { $0.key < $1.key }) {
      encode(activation, into: &bytes)
      bytes.append(number: Int(generation))
    }
    bytes.append(Self.mark)
    for activation in extras.parked.keys.sorted() { encode(activation, into: &bytes) }
    for activation in extras.histories.keys.sorted() { encode(activation, into: &bytes) }
  }

  /// Joins that have had some of their tokens and not all; none of them may be left when the run is complete.
  package var halfFilledJoins: [Activation] { extras.joins.filter { $0.value.missing > 0 }.map(\.key).sorted() }

  /// How many tokens a join has had; nil where nothing is kept about it.
  package func tokenCount(at join: Activation) -> Int? { extras.joins[join].map { $0.slots.count - $0.missing } }

  /// Stands between the parts. No stage has this number, so no part can be taken for its neighbour.
  private static var mark: UInt8 { 0xff }
}

private func encode(_ activation: Activation, into bytes: inout [UInt8]) {
  bytes.append(number: Int(activation.stage.index))
  encode(activation.scope, into: &bytes)
}

private func encode(_ scope: ScopePath, into bytes: inout [UInt8]) {
  bytes.append(number: scope.indices.count)
  for index in scope.indices { bytes.append(number: index) }
}

private func encode(_ numbers: UInt32..., into bytes: inout [UInt8]) {
  for number in numbers { bytes.append(number: Int(number)) }
}

private func encode(_ failure: Failure, into bytes: inout [UInt8]) {
  // The length first, so that a name cannot run into what follows.
  bytes.append(number: failure.stage.utf8.count)
  bytes.append(contentsOf: failure.stage.utf8)
  encode(failure.scope, into: &bytes)
  bytes.append(number: failure.attempt)
}

private func encode(_ token: Token, into bytes: inout [UInt8]) {
  switch token {
  case .succeeded: bytes.append(1)
  case .caught(let failure):
    bytes.append(2)
    encode(failure, into: &bytes)
  case .notTaken: bytes.append(3)
  case .cancelled: bytes.append(4)
  case .failed(let failure):
    bytes.append(5)
    encode(failure, into: &bytes)
  case .gathered(let items):
    bytes.append(6)
    bytes.append(number: items.count)
    for item in items { encode(item, into: &bytes) }
  }
}

extension JoinState {
  fileprivate func encode(into bytes: inout [UInt8]) {
    bytes.append(hasFired ? 1 : 0)
    bytes.append(number: missing)
    for slot in slots {
      switch slot {
      // What a join that has fired has had is only read again once it is taken back.
      case .token where hasFired, .gathered where hasFired: bytes.append(1)
      case .empty: bytes.append(0)
      // Its items are the ends of what was gathered.
      case .token(let token), .gathered(_, as: let token): TadweenCore.encode(token, into: &bytes)
      case .gathering(let places, let missing):
        bytes.append(7)
        bytes.append(number: places.count)
        bytes.append(number: missing)
        for place in places {
          if let place { TadweenCore.encode(place, into: &bytes) } else { bytes.append(0) }
        }
      }
    }
  }
}

extension [UInt8] {
  /// A number below 254 as one byte; a larger one as the mark of an escape and eight bytes.
  fileprivate mutating func append(number: Int) {
    guard number >= 0xfe || number < 0 else { return append(UInt8(number)) }
    append(0xfe)
    for shift in stride(from: 0, to: 64, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
  }
}
