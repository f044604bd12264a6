public import TadweenCore

/// What a worker has taken, message by message: what an invocation asks for the next one and tells of the last.
@usableFromInline struct Batch: Sendable {
  let slot: Slot
  let stage: StageRuntime
  let routing: Routing
  let encoding: PayloadEncoding?

  /// One message, its payload made by its links.
  @usableFromInline struct Entry: Sendable {
    @usableFromInline let payload: Payload
    @usableFromInline let context: HandlerContext

    /// The input of another type than the payload's, converted.
    @usableFromInline
    func convertedInput<Input: Sendable>() throws -> Input {
      do {
        return try context.stageRuntime.input(from: payload, of: context.delivery)
      } catch {
        throw InputError(cause: error)
      }
    }
  }

  /// Puts away how the last message ended, and picks up the next; nil when there is none.
  @usableFromInline
  func next(after ended: inout Ending?) -> Entry? {
    while let delivery = stage.pickUp(in: slot, after: &ended) {
      do {
        return Entry(
          payload: try routing.payload(of: delivery),
          context: HandlerContext(
            delivery: delivery, stageRuntime: stage, grant: stage.hasGates ? slot.grant : nil))
      } catch {
        ended = ending(.transform, error, delivery)
      }
    }
    return nil
  }

  /// The end of a message whose handler returned.
  @usableFromInline
  func ending(of output: consuming Payload, _ entry: borrowing Entry) -> Ending {
    if stage.hasGates { stage.handlerReturned(in: slot) }
    do {
      return try routing.ending(of: output, input: entry.payload, encoding: encoding)
    } catch {
      return ending(.routing, error, entry.context.delivery)
    }
  }

  /// The end of a message whose input could not be made, or whose handler threw.
  @usableFromInline
  func ending(_ error: any Error, _ entry: borrowing Entry) -> Ending {
    if stage.hasGates { stage.handlerReturned(in: slot) }
    if let error = error as? InputError {
      return ending(.inputValidation, error.cause, entry.context.delivery)
    }
    return ending(.handler, error, entry.context.delivery)
  }

  private func ending(_ kind: Failure.Kind, _ error: any Error, _ delivery: Delivery) -> Ending {
    stage.ending(kind, error, delivery, begunAt: slot.start)
  }
}
