public import TadweenCore

/// A call of a handler, from payload to payload: the one part of the way of a message that knows its types.
@usableFromInline struct Invocation: Sendable {
  @usableFromInline
  let run: @Sendable (AnyHandlerInstance, Payload, HandlerContext) async throws -> Payload

  // Inlinable, so that the client's compiler makes it for the handler's own types.
  @inlinable
  init<H: Handler>(of type: H.Type) {
    run = { instance, payload, context in
      let input = try payload.value(as: H.Input.self) ?? convertInput(payload)
      // Safe: a stage's instances are all made for the handler that its invocation is made for.
      let handler = unsafe unsafeDowncast(instance, to: HandlerInstance<H>.self)
      return Payload(try await handler.run(input, context))
    }
  }
}

/// The input of another type than the payload's, converted.
@usableFromInline func convertInput<Input: Sendable>(_ payload: Payload) throws -> Input {
  do {
    return try payload.converted(to: Input.self)
  } catch {
    throw InputError(cause: error)
  }
}

/// What keeps a payload from becoming the input; kept apart from what the handler throws.
struct InputError: Error {
  let cause: TadweenError
}
