/// The input of an open activation, in eight bytes: what a crash, a redrive or an operator may ask for again.
///
/// Everybody who is ready holds one, and a million may wait. So it is smaller than ``Delivery/Input``, and knows no link:
/// the graph says by which one it came.
enum HeldInput: Sendable {
  case payload(Payload)
  case caught(Failure)
  case join([Token?])
  case pair(Pair)

  /// An output with its source's own input.
  final class Pair: Sendable {
    let payload: Payload
    let input: Payload

    init(_ payload: Payload, input: Payload) {
      self.payload = payload
      self.input = input
    }
  }

  init(_ input: Delivery.Input) {
    switch input {
    case .single(let payload, nil): self = .payload(payload)
    case .single(let payload, let input?): self = .pair(Pair(payload, input: input))
    case .caught(let failure): self = .caught(failure)
    case .join(let tokens): self = .join(tokens)
    }
  }

  var input: Delivery.Input {
    switch self {
    case .payload(let payload): .single(payload, input: nil)
    case .pair(let pair): .single(pair.payload, input: pair.input)
    case .caught(let failure): .caught(failure)
    case .join(let tokens): .join(tokens)
    }
  }

  /// What is to be let go outside the lock, where nobody else holds it.
  var tokens: [Token] {
    switch self {
    case .payload(let payload): [.succeeded(payload, input: nil)]
    case .pair(let pair): [.succeeded(pair.payload, input: pair.input)]
    case .caught: []
    case .join(let tokens): tokens.compactMap { $0 }
    }
  }
}

extension WorkflowGraph {
  /// The link that an activation's only token came by; nil for an entry and for a join.
  func onlyLink(into stage: StageID) -> LinkID? {
    let node = self[stage]
    guard node.incoming.count == 1, node.rule == .needs, case let link = node.incoming[0] else { return nil }
    if case .gather = self[link].kind { return nil }
    return link
  }
}
