/// A value of any `Sendable` type on its way between stages.
///
/// Reading it as the type it was made with costs one comparison; copying it costs one reference count. A value is
/// encoded only where it has to be: by a durable broker, or where a link by name joins two different types.
///
/// A dictionary literal is a payload, so a first submission needs no type of its own:
/// ```swift
/// try await workflow.submit(["url": "https://example.com/audio.mp3", "tags": ["a", "b"]])
/// ```
public struct Payload: Sendable, ExpressibleByDictionaryLiteral {
  @usableFromInline let box: Box

  /// A payload of this value, as it is: nothing is encoded.
  // Inlinable, as reading is: a client's handlers are then specialised down to the values that they pass on.
  @inlinable
  public init<Value: Sendable>(_ value: Value) {
    box = TypedBox(value)
  }

  /// Named fields of mixed types, converted to the entry's `Input` when it is resolved. Of two equal keys the last
  /// one counts.
  public init(dictionaryLiteral elements: (String, any Codable & Sendable)...) {
    self.init(PayloadFields(elements))
  }

  /// The payload of a stage whose output says nothing.
  public static let nothing = Payload(())

  /// The value, where it has exactly this type; otherwise nil, also where it could be converted to it: `converted(to:)`
  /// does that.
  @inlinable
  public func value<Value: Sendable>(as type: Value.Type = Value.self) -> Value? {
    guard box.type == ObjectIdentifier(Value.self) else { return nil }
    // Safe: a box with this type identifier is made only by TypedBox<Value>.init.
    return unsafe unsafeDowncast(box, to: TypedBox<Value>.self).value
  }

  /// The value, whatever its type; for encoding and for messages about it.
  public var erased: any Sendable { box.erased }

  /// The name of the value's type, as a reader would write it.
  public var typeName: String { String(describing: Swift.type(of: box.erased)) }

  /// Whether both are the same stored value, not merely equal ones.
  package func isIdentical(to other: Payload) -> Bool { box === other.box }
}

/// A value of unknown type behind one reference. A class and no existential: a message then carries 8 bytes of it
/// instead of 40, and reading it needs no dynamic cast.
@usableFromInline class Box: @unchecked Sendable {  // immutable; the subclass holds a Sendable value
  @usableFromInline final let type: ObjectIdentifier
  @inlinable init(type: ObjectIdentifier) { self.type = type }
  @usableFromInline var erased: any Sendable { fatalError("every box is a TypedBox") }
}

@usableFromInline final class TypedBox<Value: Sendable>: Box, @unchecked Sendable {  // immutable, like its value
  @usableFromInline let value: Value
  @inlinable init(_ value: Value) {
    self.value = value
    super.init(type: ObjectIdentifier(Value.self))
  }
  @usableFromInline override var erased: any Sendable { value }
}

/// What a dictionary literal holds: fields by name, encoded as one object.
public struct PayloadFields: Sendable, Encodable {
  public let fields: [String: any Codable & Sendable]

  init(_ elements: [(String, any Codable & Sendable)]) {
    fields = Dictionary(elements) { _, last in last }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: FieldName.self)
    for (name, value) in fields { try container.encode(value, forKey: FieldName(stringValue: name)) }
  }

  private struct FieldName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
