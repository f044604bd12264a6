/// Takes an artifact's root apart into its columns, by way of `Encodable`: one literal a property.
struct RootEncoder: Encoder {
  final class Fields { var literals: [String: ColumnLiteral] = [:] }

  let fields = Fields()
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  static func literals(of root: some ArtifactRoot) throws -> [String: ColumnLiteral] {
    let encoder = RootEncoder()
    try root.encode(to: encoder)
    return encoder.fields.literals
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(Container(fields: fields))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer { preconditionFailure(RootShape.isNoList) }
  func singleValueContainer() -> any SingleValueEncodingContainer { preconditionFailure(RootShape.isNoList) }

  private struct Container<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let fields: Fields
    var codingPath: [any CodingKey] { [] }

    private func put<Value: ColumnValue>(_ value: Value, _ key: Key) throws {
      let literal = value.columnLiteral
      if literal == .null, !(Value.self is any ExpressibleByNilLiteral.Type) { throw RootShape.isNoNumber(key) }
      fields.literals[key.stringValue] = literal
    }

    func encodeNil(forKey key: Key) { fields.literals[key.stringValue] = .null }
    func encode(_ value: Bool, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: String, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Double, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Float, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Int, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Int8, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Int16, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Int32, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Int64, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: UInt, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: UInt8, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: UInt16, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: UInt32, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: UInt64, forKey key: Key) throws { try put(value, key) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
      guard let value = value as? any ColumnValue else { throw RootShape.isNotFlat(key, Value.self) }
      try put(value, key)
    }

    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { preconditionFailure(RootShape.isNoList) }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      preconditionFailure(RootShape.isNoList)
    }
    func superEncoder() -> any Encoder { preconditionFailure(RootShape.isNoList) }
    func superEncoder(forKey key: Key) -> any Encoder { preconditionFailure(RootShape.isNoList) }
  }
}
