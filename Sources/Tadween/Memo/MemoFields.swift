internal import TadweenCore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What a key consists of, as names and texts: `version`, `options.model`, `payload.url`.
struct MemoFields: Hashable, Codable, Sendable {
  var texts: [String: String] = [:]

  init() {}

  /// The fields of a value, those of the objects in it with dots between their names.
  init(encoding value: some Encodable, under name: String) throws {
    try add(JSONDecoder().decode(Tree.self, from: JSONEncoder().encode(value)), under: name)
  }

  /// The fields of a literal.
  init(encoding values: [String: any Encodable & Sendable], under name: String) throws {
    for (field, value) in values {
      texts.merge(try MemoFields(encoding: value, under: Self.join(name, field)).texts) { $1 }
    }
  }

  /// 32 hexadecimal digits. Two keys may have the same, however unlikely: whoever finds something by it compares the fields.
  func digest(_ salt: String...) -> String {
    var mixer = Mixer()
    for text in salt { mixer.combine(text) }
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      mixer.combine(name)
      mixer.combine(text)
    }
    return MessageID(high: mixer.high, low: mixer.low).description
  }

  func union(_ other: MemoFields) -> MemoFields {
    var both = self
    both.texts.merge(other.texts) { $1 }
    return both
  }

  /// A dot in a field's own name is none between two names.
  private static func join(_ name: String, _ field: String) -> String {
    "\(name).\(field.replacing(".", with: "\\."))"
  }

  private mutating func add(_ tree: Tree, under name: String) throws {
    if case .object(let fields) = tree, !fields.isEmpty {
      for (field, value) in fields { try add(value, under: Self.join(name, field)) }
    } else {
      texts[name] = tree.text
    }
  }
}

/// A JSON value. Its text is the same for equal values, whatever the order of their fields.
private enum Tree: Decodable {
  case object([String: Tree])
  case array([Tree])
  case text(String)
  /// A number, a truth value or null, as it is written.
  case other(String)

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .other("null")
    } else if let value = try? container.decode(Bool.self) {
      self = .other("\(value)")
    } else if let value = try? container.decode(Int64.self) {
      self = .other("\(value)")
    } else if let value = try? container.decode(UInt64.self) {
      self = .other("\(value)")
    } else if let value = try? container.decode(Double.self) {
      self = .other("\(value)")
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let items = try? container.decode([Tree].self) {
      self = .array(items)
    } else {
      self = .object(try container.decode([String: Tree].self))
    }
  }

  var text: String {
    switch self {
    case .object(let fields):
      "{" + fields.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\($0.value.text)" }.joined(separator: ",") + "}"
    case .array(let items): "[" + items.map(\.text).joined(separator: ",") + "]"
    case .text(let text): quoted(text)
    case .other(let text): text
    }
  }

  private func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
