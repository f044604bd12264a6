/// A closure as a handler; which is what adding a stage makes of one. Written out, it is for a ``Stage``.
public struct ClosureHandler<Input: Sendable, Output: Sendable>: Handler, Sendable {
  @usableFromInline let body: @Sendable (Input, HandlerContext) async throws -> Output

  @inlinable
  public init(_ body: @escaping @Sendable (Input, HandlerContext) async throws -> Output) { self.body = body }

  public init(_ body: @escaping @Sendable (Input) async throws -> Output) {
    self.body = { input, _ in try await body(input) }
  }

  @inlinable
  public func run(_ input: Input, context: HandlerContext) async throws -> Output { try await body(input, context) }
}
