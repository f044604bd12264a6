public import TadweenCore

/// The calls of a handler, from payload to payload: the one part of the way of a message that knows its types.
///
/// It holds the loop over a batch and not a single call, so that a message costs the handler's own call and no layers of
/// asynchronous calls around it.
@usableFromInline struct Invocation: Sendable {
  @usableFromInline
  let run: @Sendable (AnyHandlerInstance, borrowing Batch) async -> Void

  // Inlinable, so that the client's compiler makes it for the handler's own types.
  @inlinable
  init<H: Handler>(of type: H.Type) {
    run = { instance, batch in
      // Safe: a stage's instances are all made for the handler that its invocation is made for.
      let instance = unsafe unsafeDowncast(instance, to: HandlerInstance<H>.self)
      guard let handler = instance.handler else {
        preconditionFailure("a handler runs only between its warm-up and its shut-down")
      }
      var ending: Ending?
      while let message = batch.next(after: &ending) {
        do {
          let input = try message.payload.value(as: H.Input.self) ?? message.convertedInput()
          let output = try await handler.run(input, context: message.context)
          ending = batch.ending(of: Payload(output), message)
        } catch {
          ending = batch.ending(error, message)
        }
      }
    }
  }
}

/// What keeps a payload from becoming the input; kept apart from what the handler throws.
struct InputError: Error {
  let cause: TadweenError
}
