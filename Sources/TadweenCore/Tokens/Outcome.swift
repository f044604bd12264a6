/// How an activation ended, as a join that asks for `.outcome` sees it (rule R1).
public enum Outcome<Value: Sendable>: Sendable {
  case succeeded(Value)
  case failed(Failure)
  /// A condition, a choice or a policy left this branch out.
  case notTaken
  case cancelled

  /// The value, where there is one.
  public var value: Value? {
    if case .succeeded(let value) = self { value } else { nil }
  }

  /// The failure, where there is one.
  public var failure: Failure? {
    if case .failed(let failure) = self { failure } else { nil }
  }

  /// The same ending with another value.
  public func map<New: Sendable, E: Error>(_ transform: (Value) throws(E) -> New) throws(E) -> Outcome<New> {
    switch self {
    case .succeeded(let value): .succeeded(try transform(value))
    case .failed(let failure): .failed(failure)
    case .notTaken: .notTaken
    case .cancelled: .cancelled
    }
  }
}

extension Outcome: Equatable where Value: Equatable {}
extension Outcome: Hashable where Value: Hashable {}
