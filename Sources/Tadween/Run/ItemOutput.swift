public import TadweenCore

/// What a stage inside a map made of one item; see ``Run/outputs(of:)``.
public struct ItemOutput<Value: Sendable>: Sendable {
  /// Which item it is: its index in each map around it, outermost first. Root outside maps.
  public let scope: ScopePath
  /// The stage's output for that item.
  public let value: Value

  /// The item's place in the innermost map; 0 outside maps.
  public var index: Int { scope.indices.last ?? 0 }
}

extension ItemOutput: Equatable where Value: Equatable {}
extension ItemOutput: Hashable where Value: Hashable {}
