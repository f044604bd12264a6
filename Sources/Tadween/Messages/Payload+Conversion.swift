public import TadweenCore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension Payload {
  /// The value as this type: what a policy or a broker reads a payload with.
  ///
  /// ```swift
  /// func intercept(_ message: Message, in context: StageContext) async throws -> Interception<Transcript> {
  ///   let recording = try message.payload.converted(to: Recording.self)
  ///   return recording.seconds > 0 ? .process : .skip(with: .empty, reason: "no audio")
  /// }
  /// ```
  /// ``Payload/value(as:)`` gives a value of exactly this type and nothing else. A payload holds another one
  /// where a run was submitted with a dictionary literal, where a link by name joins two types, and where a broker
  /// encodes. This converts it, structurally, through JSON with the default strategies, as the handler's own input is:
  /// a missing or null field is an error, unless it is optional, then nil; extra fields are ignored; no string becomes a
  /// number. Every payload can become a ``Payload`` and `Void`.
  ///
  /// Cost: one comparison where the value has this type already, otherwise encoding and decoding all of it, each time.
  ///
  /// - Throws: ``TadweenError`` with the code `inputValidation`, which names the field and both types; `underlying` is the
  ///   coding error.
  public func converted<Value: Sendable>(to type: Value.Type = Value.self) throws(TadweenError) -> Value {
    if let value = value(as: type) { return value }
    // A handler may take whatever comes: with the payload around it, or without its type.
    if type == Payload.self, let value = self as? Value { return value }
    if value(as: EncodedPayload.self) == nil, let value = erased as? Value { return value }
    // An empty tuple is no Decodable, and asks for nothing.
    if type == Void.self, let nothing = () as? Value { return nothing }
    guard let decodable = type as? any Decodable.Type else { throw cannotBecome("\(type)", "\(type) is not Decodable") }
    let bytes: Data
    do { bytes = try json() } catch { throw cannotBecome("\(type)", explain(error), error) }
    do {
      if let value = try JSONDecoder().decode(decodable, from: bytes) as? Value { return value }
    } catch {
      throw cannotBecome("\(type)", explain(error), error)
    }
    throw cannotBecome("\(type)", "\(type) decoded as another type")
  }

  /// Whether both say the same; for a broker that decides whether a caller's id was used for another payload.
  ///
  /// Values of one type are compared by ==. Values of two types, and those that have no ==, are compared by their encoded
  /// forms: a dictionary literal can so be equal to a value with those fields. What can be compared in neither way is
  /// equal to nothing but itself.
  ///
  /// Cost: that of ==, or of encoding both.
  public func isEqual(to other: Payload) -> Bool {
    if isIdentical(to: other) { return true }
    let (mine, others) = (erased, other.erased)
    if Swift.type(of: mine) == Swift.type(of: others), let mine = mine as? any Equatable { return mine.equals(others) }
    guard let mine = try? json(), let others = try? other.json() else { return false }
    return mine == others
  }
}

extension Equatable {
  fileprivate func equals(_ other: any Sendable) -> Bool { (other as? Self) == self }
}
