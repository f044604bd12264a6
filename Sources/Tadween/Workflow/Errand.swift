/// Something to be done in a task of the engine's own, which owns all tasks of its workflow: nobody else starts any.
struct Errand: Sendable {
  /// The threads that it is bound to; nil: it runs wherever the engine does.
  var executor: (any TaskExecutor)?
  let run: @Sendable (Engine) async -> Void
}
