public import TadweenCore

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// A payload in its encoded form.
struct EncodedPayload: Sendable {
  let json: Data
  /// What it was decoded to by whoever shares it; see ``Payload/decodedOnce(as:)``.
  ///
  /// nil for a short one, of which there may be a million that wait: what it has room for is decoded again in no time.
  let decoded: Locked<Payload?>?

  private static let shortLength = 256

  init(json: Data) {
    self.json = json
    decoded = json.count > Self.shortLength ? Locked(nil) : nil
  }
}

extension Payload {
  /// The encoded form, JSON in UTF-8 with sorted keys: what a broker writes down.
  ///
  /// Where ``Broker/payloadEncoding`` is there, the engine has encoded a payload before the broker gets it, and this is a
  /// copy. Otherwise it encodes the value; `Void` becomes `null`.
  ///
  /// - Throws: ``TadweenError`` with the code `inputValidation` where the value's type is not `Encodable`, or JSON cannot
  ///   express it.
  public func encodedBytes() throws(TadweenError) -> [UInt8] {
    do { return try [UInt8](json()) } catch { throw cannotBecome("JSON", explain(error), error) }
  }

  /// A payload from its encoded form, as ``encodedBytes()`` made it. It is decoded by whoever asks for its value, and
  /// costs a copy of the bytes until then.
  public init(encodedBytes: some Sequence<UInt8>) { self.init(EncodedPayload(json: Data(encodedBytes))) }

  /// A payload from its encoded form; the bytes are not copied.
  package init(json: Data) { self.init(EncodedPayload(json: json)) }

  /// The value as this type, decoded once for all who share this payload, as the items of a map do: each takes its own
  /// element, and decoding the array for each would cost its length squared. Kept as long as the payload is.
  func decodedOnce<Value: Sendable>(as type: Value.Type) throws(TadweenError) -> Value {
    guard let decoded = value(as: EncodedPayload.self)?.decoded else { return try converted(to: type) }
    if let value = decoded.withLock({ $0 })?.value(as: type) { return value }
    // Outside the lock, for it runs the user's code; workers that begin at the same moment each decode it.
    let value = try converted(to: type)
    decoded.withLock { $0 = Payload(value) }
    return value
  }

  /// The encoded form; a copy of a reference where it is encoded already.
  package func json() throws -> Data {
    if let encoded = value(as: EncodedPayload.self) { return encoded.json }
    // An empty tuple is no Encodable; it travels as null.
    if value(as: Void.self) != nil { return Data("null".utf8) }
    guard let encodable = erased as? any Encodable else { throw NotEncodable(typeName: typeName) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(encodable)
  }

  func cannotBecome(_ target: String, _ reason: String, _ error: (any Error)? = nil) -> TadweenError {
    TadweenError(.inputValidation, "\(subject) cannot become \(target): \(reason)", underlying: error)
  }

  /// What the user knows it as.
  private var subject: String {
    if let literal = value(as: PayloadFields.self) {
      let fields = literal.fields.keys.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
      return "A dictionary literal with \(fields.isEmpty ? "no fields" : "the fields \(fields)")"
    }
    return value(as: EncodedPayload.self) == nil ? "A payload of type \(typeName)" : "An encoded payload"
  }
}

private struct NotEncodable: Error, CustomStringConvertible {
  let typeName: String
  var description: String { "\(typeName) is not Encodable" }
}

/// What a coding error means, naming the field.
func explain(_ error: any Error) -> String {
  func field(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "the value itself" : "field \"\(path.map(\.stringValue).joined(separator: "."))\""
  }
  switch error {
  case DecodingError.keyNotFound(let key, let context):
    return "\(field(context.codingPath + [key])) is missing"
  case DecodingError.valueNotFound(let type, let context):
    return "\(field(context.codingPath)) is null, but \(type) is needed"
  case DecodingError.typeMismatch(let type, let context):
    return "\(field(context.codingPath)) is no \(type): \(context.debugDescription)"
  case DecodingError.dataCorrupted(let context):
    return "\(field(context.codingPath)) cannot be read: \(context.debugDescription)"
  case EncodingError.invalidValue(let value, let context):
    return "\(field(context.codingPath)) holds \(value), which JSON cannot express"
  default:
    return "\(error)"
  }
}
