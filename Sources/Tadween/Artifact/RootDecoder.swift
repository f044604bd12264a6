internal import TadweenCore

/// Makes an artifact's root of its columns, by way of `Decodable`.
struct RootDecoder: Decoder {
  let record: ArtifactRecord
  /// What a column has that is null, by name.
  let fallbacks: [String: ColumnLiteral]
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Container(record: record, fallbacks: fallbacks))
  }
  func unkeyedContainer() -> any UnkeyedDecodingContainer { preconditionFailure(RootShape.isNoList) }
  func singleValueContainer() -> any SingleValueDecodingContainer { preconditionFailure(RootShape.isNoList) }

  private struct Container<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let record: ArtifactRecord
    let fallbacks: [String: ColumnLiteral]
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { (["id"] + record.columns.keys).compactMap { Key(stringValue: $0) } }

    private func literal(_ name: String) -> ColumnLiteral {
      if name == "id" { return record.id.columnLiteral }
      if let literal = record.columns[name], literal != .null { return literal }
      return fallbacks[name] ?? .null
    }

    func contains(_ key: Key) -> Bool { key.stringValue == "id" || record.columns[key.stringValue] != nil }
    func decodeNil(forKey key: Key) -> Bool { literal(key.stringValue) == .null }

    private func take<Value: ColumnValue>(_ type: Value.Type, _ key: Key) throws -> Value {
      let literal = literal(key.stringValue)
      if let value = Value(columnLiteral: literal) { return value }
      throw TadweenError(
        .corruptData,
        literal == .null
          ? "The column \"\(key.stringValue)\" is null, and its property is no optional: give the column a default, or make the property optional."
          : "The column \"\(key.stringValue)\" does not hold a \(type).")
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try take(type, key) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try take(type, key) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try take(type, key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try take(type, key) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try take(type, key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try take(type, key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try take(type, key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try take(type, key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try take(type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try take(type, key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try take(type, key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try take(type, key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try take(type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try take(type, key) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
      // Looking up what a type conforms to takes longer than all the rest, and every root has an id.
      if key.stringValue == "id", let id = record.id as? Value { return id }
      guard let column = type as? any ColumnValue.Type else { throw RootShape.isNotFlat(key, type) }
      func taken<Other: ColumnValue>(_ other: Other.Type) throws -> Any { try take(other, key) }
      guard let value = try taken(column) as? Value else { throw RootShape.isNotFlat(key, type) }
      return value
    }

    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedDecodingContainer<Nested> { preconditionFailure(RootShape.isNoList) }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedDecodingContainer {
      preconditionFailure(RootShape.isNoList)
    }
    func superDecoder() -> any Decoder { preconditionFailure(RootShape.isNoList) }
    func superDecoder(forKey key: Key) -> any Decoder { preconditionFailure(RootShape.isNoList) }
  }
}
