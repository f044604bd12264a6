#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// What a column holds, as every repository can store it.
public enum ColumnLiteral: Hashable, Codable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case bytes(Data)
}

/// The types of what a column holds. A null may stand in any column.
public enum ColumnType: String, Codable, Sendable, CustomStringConvertible {
  case integer, real, text, bytes
  public var description: String { rawValue }
}

/// A type whose values can stand in a column of an artifact's root.
///
/// Numbers, `Bool`, `String`, `Date`, `UUID`, `Data`, ``ArtifactID`` and optionals of these are such; an enum with a raw value
/// is once it says so:
/// ```swift
/// enum Status: String, Codable, ColumnValue { case queued, done }
/// ```
public protocol ColumnValue: Codable, Sendable {
  static var columnType: ColumnType { get }
  var columnLiteral: ColumnLiteral { get }
  /// Nil where the literal is none of this type's.
  init?(columnLiteral: ColumnLiteral)
}

extension ColumnValue where Self: FixedWidthInteger {
  public static var columnType: ColumnType { .integer }
  /// A number beyond the range of `Int64` keeps its bits, and its order among its like is lost.
  public var columnLiteral: ColumnLiteral { .integer(Int64(truncatingIfNeeded: self)) }
  public init?(columnLiteral: ColumnLiteral) {
    guard case .integer(let value) = columnLiteral else { return nil }
    if Self.bitWidth == 64 { self.init(truncatingIfNeeded: value) } else { self.init(exactly: value) }
  }
}
extension Int: ColumnValue {}
extension Int8: ColumnValue {}
extension Int16: ColumnValue {}
extension Int32: ColumnValue {}
extension Int64: ColumnValue {}
extension UInt: ColumnValue {}
extension UInt8: ColumnValue {}
extension UInt16: ColumnValue {}
extension UInt32: ColumnValue {}
extension UInt64: ColumnValue {}

extension ColumnValue where Self: BinaryFloatingPoint {
  public static var columnType: ColumnType { .real }
  /// What is no number has no literal but null, and cannot be saved, as no database orders it.
  public var columnLiteral: ColumnLiteral { isNaN ? .null : .real(Double(self)) }
  public init?(columnLiteral: ColumnLiteral) {
    switch columnLiteral {
    case .real(let value): self.init(value)
    case .integer(let value): self.init(value)
    case .null, .text, .bytes: return nil
    }
  }
}
extension Double: ColumnValue {}
extension Float: ColumnValue {}

extension Bool: ColumnValue {
  public static var columnType: ColumnType { .integer }
  public var columnLiteral: ColumnLiteral { .integer(self ? 1 : 0) }
  public init?(columnLiteral: ColumnLiteral) {
    guard case .integer(let value) = columnLiteral, value == 0 || value == 1 else { return nil }
    self = value == 1
  }
}

extension String: ColumnValue {
  public static var columnType: ColumnType { .text }
  public var columnLiteral: ColumnLiteral { .text(self) }
  public init?(columnLiteral: ColumnLiteral) {
    guard case .text(let value) = columnLiteral else { return nil }
    self = value
  }
}

extension ArtifactID: ColumnValue {
  public static var columnType: ColumnType { .text }
  public var columnLiteral: ColumnLiteral { .text(text) }
  public init?(columnLiteral: ColumnLiteral) {
    guard case .text(let value) = columnLiteral, let id = try? ArtifactID(value) else { return nil }
    self = id
  }
}

/// Seconds since the beginning of 2001 in UTC.
extension Date: ColumnValue {
  public static var columnType: ColumnType { .real }
  public var columnLiteral: ColumnLiteral { timeIntervalSinceReferenceDate.columnLiteral }
  public init?(columnLiteral: ColumnLiteral) {
    guard let seconds = Double(columnLiteral: columnLiteral) else { return nil }
    self.init(timeIntervalSinceReferenceDate: seconds)
  }
}

extension UUID: ColumnValue {
  public static var columnType: ColumnType { .text }
  public var columnLiteral: ColumnLiteral { .text(uuidString) }
  public init?(columnLiteral: ColumnLiteral) {
    guard case .text(let value) = columnLiteral else { return nil }
    self.init(uuidString: value)
  }
}

extension Data: ColumnValue {
  public static var columnType: ColumnType { .bytes }
  public var columnLiteral: ColumnLiteral { .bytes(self) }
  public init?(columnLiteral: ColumnLiteral) {
    guard case .bytes(let value) = columnLiteral else { return nil }
    self = value
  }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
  public static var columnType: ColumnType { Wrapped.columnType }
  public var columnLiteral: ColumnLiteral { self?.columnLiteral ?? .null }
  public init?(columnLiteral: ColumnLiteral) {
    if columnLiteral == .null {
      self = .none
    } else {
      guard let value = Wrapped(columnLiteral: columnLiteral) else { return nil }
      self = .some(value)
    }
  }
}

extension ColumnValue where Self: RawRepresentable, RawValue: ColumnValue {
  public static var columnType: ColumnType { RawValue.columnType }
  public var columnLiteral: ColumnLiteral { rawValue.columnLiteral }
  public init?(columnLiteral: ColumnLiteral) {
    guard let raw = RawValue(columnLiteral: columnLiteral) else { return nil }
    self.init(rawValue: raw)
  }
}
