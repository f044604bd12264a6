internal import TadweenCore

/// From tokens to the arguments of joins and gathers. The rules have seen to it that the token is of the right kind; what
/// can still go wrong is a payload that does not decode.
extension Token? {
  func succeededValue<Value: Sendable>() throws -> Value {
    switch self {
    case .succeeded(let payload, _): return try payload.converted(to: Value.self)
    case .caught(let failure): return try Payload(failure).converted(to: Value.self)
    case .gathered, .notTaken, .cancelled, .failed, nil:
      throw TadweenError(.inputValidation, "\(String(describing: self)) holds no \(Value.self)")
    }
  }

  func outcome<Value: Sendable>() throws -> Outcome<Value> {
    switch self {
    case .succeeded, .caught: .succeeded(try succeededValue())
    case .failed(let failure): .failed(failure)
    case .cancelled: .cancelled
    case .gathered, .notTaken, nil: .notTaken
    }
  }

  /// The items of a gather, in order.
  func items() throws -> [Token?] {
    guard case .gathered(let items) = self else {
      throw TadweenError(.inputValidation, "\(String(describing: self)) holds no items")
    }
    return items
  }
}
