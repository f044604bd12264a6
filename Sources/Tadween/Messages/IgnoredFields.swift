internal import Logging
internal import TadweenCore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension StageRuntime {
  /// The handler's input, converted where the payload holds another type. At `debug` it is said which fields had no place
  /// in it: a misspelt field that is optional would be lost in silence.
  func input<Input: Sendable>(from payload: Payload, of delivery: Delivery) throws(TadweenError) -> Input {
    let input = try payload.converted(to: Input.self)
    guard logger.logLevel <= .debug, payload.value(as: Input.self) == nil else { return input }
    let ignored = payload.fields(ignoredBy: input)
    if !ignored.isEmpty {
      self.logger(for: delivery).debug(
        "the conversion to the input ignored fields", metadata: ["tadween.fields": .array(ignored.map { "\($0)" })])
    }
    return input
  }
}

extension Payload {
  /// The fields that a value which was decoded from this payload does not have when it is encoded again, as paths with
  /// dots, sorted. None where it cannot be encoded: no type lists the keys that it decodes.
  func fields(ignoredBy value: any Sendable) -> [String] {
    guard let value = value as? any Encodable, let given = try? json(), let taken = try? JSONEncoder().encode(value),
      let given = try? JSONDecoder().decode(Shape.self, from: given),
      let taken = try? JSONDecoder().decode(Shape.self, from: taken)
    else { return [] }
    return given.fields(missingIn: taken).sorted()
  }
}

/// A JSON value without its leaves.
private enum Shape: Decodable {
  case object([String: Shape])
  case array([Shape])
  case null
  case leaf

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let fields = try? container.decode([String: Shape].self) {
      self = .object(fields)
    } else if let items = try? container.decode([Shape].self) {
      self = .array(items)
    } else {
      self = .leaf
    }
  }

  /// A field that is null says nothing, and is not missed. All items of an array count as one.
  func fields(missingIn other: Shape) -> Set<String> {
    switch (self, other) {
    case (.object(let mine), .object(let others)):
      var missing: Set<String> = []
      for (name, shape) in mine {
        if case .null = shape { continue }
        if let counterpart = others[name] {
          missing.formUnion(shape.fields(missingIn: counterpart).map { "\(name).\($0)" })
        } else {
          missing.insert(name)
        }
      }
      return missing
    case (.array(let mine), .array(let others)):
      return zip(mine, others).reduce(into: []) { $0.formUnion($1.0.fields(missingIn: $1.1)) }
    default: return []
    }
  }
}
