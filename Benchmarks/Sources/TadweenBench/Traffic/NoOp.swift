internal import Tadween

/// The handler of both sides: gives back what it is given.
struct NoOp<Value: Sendable>: Handler, Work {
  func run(_ value: Value, context: HandlerContext) async throws -> Value { value }
  func run(_ value: Value) async throws -> Value { value }
}
