/// What a value costs; nil where nothing tells.
///
/// Inlinable, and generic: where the type is known, so is mostly whether it is costed.
@inlinable func cacheCost<Value>(of value: Value) -> Int? {
  if let costed = value as? any CacheCosted { return max(0, costed.cacheCost) }
  return isNothing(value) ? 0 : nil
}

/// Whether a value is an optional with nothing in it.
@usableFromInline func isNothing(_ value: Any) -> Bool { (value as? any AnyOptional)?.isNone == true }

private protocol AnyOptional { var isNone: Bool { get } }
extension Optional: AnyOptional { fileprivate var isNone: Bool { self == nil } }

/// Costs together: what is dearer than can be counted stays that.
@usableFromInline func cappedSum(_ one: Int, _ other: Int) -> Int {
  let (sum, overflows) = one.addingReportingOverflow(other)
  return overflows ? .max : sum
}
