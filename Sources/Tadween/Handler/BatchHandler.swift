internal import TadweenCore

/// A handler that takes several inputs at once: for models that are as quick with thirty inputs as with one.
///
/// ```swift
/// struct Embed: BatchHandler {
///   func run(_ texts: [String], context: BatchContext) async throws -> [Result<[Float], any Error>] {
///     try model.embed(texts).map { .success($0) }
///   }
/// }
///
/// let embed = try workflow.addStage("embed", batch: Embed(), BatchWindow(upTo: 32, within: .milliseconds(20)))
/// ```
/// To everything else its stage is like any other: each input is an activation of its own, with its own retries, and succeeds
/// or fails by itself. What is the batch's are its resource units, its rate token, its timeout and its cancellation; an input
/// whose run is cancelled is dropped from it, and its task is cancelled when all of them are.
public protocol BatchHandler<Input, Output>: HandlerLifecycle {
  associatedtype Input: Sendable
  associatedtype Output: Sendable

  /// Does the work.
  ///
  /// - Parameters:
  ///   - inputs: At least one, at most as many as the stage's window allows.
  ///   - context: What may be known of each, in the same order.
  /// - Returns: What became of each input, in the order of the inputs. Any other number of results fails them all, for nobody
  ///   could tell whose they are.
  /// - Throws: What fails all of them.
  func run(_ inputs: [Input], context: BatchContext) async throws -> [Result<Output, any Error>]
}

/// What a batch handler may know of the batch that it is given.
public struct BatchContext: Sendable {
  /// What may be known of each input, in their order. The units that it names are held by the batch.
  public let items: [HandlerContext]
}
