internal import FoundationEssentials
public import TadweenCore

/// A payload in its encoded form: what a durable broker stores.
struct EncodedPayload: Sendable, Hashable {
  let bytes: Data
}

/// Why a payload cannot be had as the type that is asked for.
public struct ConversionError: Error, CustomStringConvertible {
  let from: String
  let to: String
  let reason: String

  public var description: String { "a payload of type \(from) cannot become \(to): \(reason)" }
}

extension Payload {
  /// The value as this type: as it is where the types are equal, else converted structurally, through JSON with the
  /// default strategies. A missing or null field is an error unless it is optional; extra fields are ignored; no string
  /// becomes a number.
  ///
  /// Cost: one comparison where the value has this type already, otherwise encoding and decoding all of it, each time.
  public func converted<Value: Sendable>(to type: Value.Type) throws(ConversionError) -> Value {
    if let value = value(as: type) { return value }
    // A handler may take whatever comes.
    if let value = self as? Value { return value }
    // An empty tuple is no Decodable, and asks for nothing.
    if let nothing = () as? Value { return nothing }
    guard let decodable = type as? any Decodable.Type else {
      throw ConversionError(from: typeName, to: "\(type)", reason: "\(type) is not Decodable")
    }
    do {
      guard let value = try JSONDecoder().decode(decodable, from: json()) as? Value else {
        throw ConversionError(from: typeName, to: "\(type)", reason: "\(type) decoded as another type")
      }
      return value
    } catch let error as ConversionError {
      throw ConversionError(from: typeName, to: "\(type)", reason: error.reason)
    } catch {
      throw ConversionError(from: typeName, to: "\(type)", reason: explain(error))
    }
  }

  /// The encoded form, JSON in UTF-8 with sorted keys: what a broker writes down.
  ///
  /// Where ``Broker/encodesPayloads`` is true, the engine has encoded a payload before the broker gets it, and this is a
  /// copy. Otherwise it encodes the value; `Void` becomes `null`.
  ///
  /// - Throws: where the value's type is not `Encodable`, or JSON cannot express it.
  public func encodedBytes() throws -> [UInt8] { try [UInt8](json()) }

  /// A payload from its encoded form, as ``encodedBytes()`` made it. It is decoded by whoever asks for its value, and
  /// costs a copy of the bytes until then.
  public init(encodedBytes: some Sequence<UInt8>) { self.init(EncodedPayload(bytes: Data(encodedBytes))) }

  /// The payload in its encoded form.
  func encoded() throws -> Payload { Payload(EncodedPayload(bytes: try json())) }

  private func json() throws -> Data {
    if let encoded = value(as: EncodedPayload.self) { return encoded.bytes }
    // An empty tuple is no Encodable; it travels as null.
    if value(as: Void.self) != nil { return Data("null".utf8) }
    guard let encodable = erased as? any Encodable else {
      throw ConversionError(from: typeName, to: "JSON", reason: "\(typeName) is not Encodable")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(encodable)
  }

  /// Whether both say the same; for a broker that decides whether a caller's id was used for another payload.
  ///
  /// By ==, else by their encoded forms. What can be compared in neither way is equal to nothing but itself.
  public func isEqual(to other: Payload) -> Bool {
    if isIdentical(to: other) { return true }
    if let value = erased as? any Equatable { return value.equals(other.erased) }
    guard let mine = try? json(), let others = try? other.json() else { return false }
    return mine == others
  }
}

extension Equatable {
  fileprivate func equals(_ other: any Sendable) -> Bool { (other as? Self) == self }
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
