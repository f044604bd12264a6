#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Something that knows what it costs to keep, in bytes unless you measure by something else.
///
/// Numbers, strings, data, arrays and optionals of what is costed know it already. A struct of nothing but numbers needs one
/// line:
///
/// ```swift
/// struct Level: CacheCosted, BitwiseCopyable { var left, right: Float }
/// ```
/// An array of these is gone through at each write, unless the type has a ``fixedCacheCost``.
///
/// A ``CacheBucket`` that is costed tells its cost itself, after each write; nothing else is asked then.
public protocol CacheCosted {
  /// What it costs; less than nought counts as nought. Asked at each write, outside any lock: best O(1).
  var cacheCost: Int { get }

  /// What every value of the type costs, where that is always the same, so that an array of them need not be gone through;
  /// nil where it is not, which is the default.
  static var fixedCacheCost: Int? { get }
}

extension CacheCosted {
  /// Values of the type cost this or that.
  @inlinable public static var fixedCacheCost: Int? { nil }
}

extension CacheCosted where Self: BitwiseCopyable {
  /// The bytes of the value itself, which are all it has.
  @inlinable public var cacheCost: Int { MemoryLayout<Self>.size }
}

extension CacheCosted where Self: FixedWidthInteger & BitwiseCopyable {
  /// The bytes of a number.
  @inlinable public static var fixedCacheCost: Int? { MemoryLayout<Self>.size }
}

extension CacheCosted where Self: BinaryFloatingPoint & BitwiseCopyable {
  /// The bytes of a number.
  @inlinable public static var fixedCacheCost: Int? { MemoryLayout<Self>.size }
}

extension Int: CacheCosted {}
extension Int8: CacheCosted {}
extension Int16: CacheCosted {}
extension Int32: CacheCosted {}
extension Int64: CacheCosted {}
extension UInt: CacheCosted {}
extension UInt8: CacheCosted {}
extension UInt16: CacheCosted {}
extension UInt32: CacheCosted {}
extension UInt64: CacheCosted {}
extension Float: CacheCosted {}
extension Double: CacheCosted {}
extension Bool: CacheCosted {}

extension String: CacheCosted {
  /// The bytes of the text.
  @inlinable public var cacheCost: Int { utf8.count }
}

extension Data: CacheCosted {
  /// The bytes.
  public var cacheCost: Int { count }
}

extension Array: CacheCosted where Element: CacheCosted {
  /// The elements' costs together. O(1) where the elements are numbers, O(n) otherwise.
  @inlinable public var cacheCost: Int { elementsCost(self) }
}

extension ContiguousArray: CacheCosted where Element: CacheCosted {
  /// The elements' costs together. O(1) where the elements are numbers, O(n) otherwise.
  @inlinable public var cacheCost: Int { elementsCost(self) }
}

extension Optional: CacheCosted where Wrapped: CacheCosted {
  /// The value's cost; nothing where there is none.
  @inlinable public var cacheCost: Int { self?.cacheCost ?? 0 }
}

@inlinable func elementsCost<Element: CacheCosted>(_ elements: some RandomAccessCollection<Element>) -> Int {
  if let each = Element.fixedCacheCost {
    let (product, overflows) = elements.count.multipliedReportingOverflow(by: each)
    return overflows ? .max : product
  }
  return elements.reduce(0) { cappedSum($0, max(0, $1.cacheCost)) }
}
