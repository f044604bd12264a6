#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// How a part, or an eager model, becomes bytes and a value again.
public struct PartCoding<Value: Codable & Sendable>: Sendable {
  /// How it is written down with what is stored, so that a change of it is noticed.
  public let name: String
  let encode: @Sendable (Value) throws -> Data
  let decode: @Sendable (Data) throws -> Value

  /// A coding of your own.
  ///
  /// - Parameters:
  ///   - name: What it is known by in a repository; change it when old bytes can no longer be read.
  ///   - encode: Makes bytes of a value.
  ///   - decode: Makes a value of those bytes again.
  public init(
    name: String, encode: @escaping @Sendable (Value) throws -> Data, decode: @escaping @Sendable (Data) throws -> Value
  ) {
    self.name = name
    self.encode = encode
    self.decode = decode
  }

  /// JSON with sorted keys; the default.
  public static var json: PartCoding {
    PartCoding(name: "json") { value in
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return try encoder.encode(value)
    } decode: {
      try JSONDecoder().decode(Value.self, from: $0)
    }
  }

  /// A binary property list: smaller than JSON and faster, for numbers above all.
  public static var propertyList: PartCoding {
    PartCoding(name: "propertyList") { value in
      let encoder = PropertyListEncoder()
      encoder.outputFormat = .binary
      // A list has a dictionary or an array at its top; a value alone is none.
      return try encoder.encode([value])
    } decode: { data in
      let values = try PropertyListDecoder().decode([Value].self, from: data)
      guard values.count == 1 else { throw WrongCount(count: values.count) }
      return values[0]
    }
  }

  private struct WrongCount: Error, CustomStringConvertible {
    let count: Int
    var description: String { "the property list holds \(count) values and no single one" }
  }
}

extension PartCoding<Data> {
  /// The bytes as they are.
  public static var bytes: PartCoding { PartCoding(name: "bytes", encode: { $0 }, decode: { $0 }) }
}
