internal import Logging
internal import TadweenCore

/// Modifiers that pass values between stages through a cache, beside the messages: what is too large to be sent, and can be
/// made again.
///
/// The cache is found by its bucket's type: give the stage one with ``StageOptions/caches``, or all stages with the
/// workflow's `caches`. A workflow without it is refused by ``Workflow/build()``.
extension StagePolicy {
  /// Puts a value of each output into the cache, before the activation's end is committed.
  ///
  /// What the cache refuses is not there later: whoever reads it has to make it again, as
  /// ``injectingCache(_:into:for:orLoad:)`` does.
  ///
  /// - Parameters:
  ///   - property: The bucket's property: `\AudioBucket.samples`.
  ///   - value: What of the output is kept.
  ///   - key: What the bucket is found by.
  ///   - untilRunCompletes: Whether the bucket goes when the run is complete; true by default. Otherwise it stays for as long
  ///     as the cache's policy says.
  public func writingCache<Bucket: CacheBucket, Value: Sendable>(
    _ property: any WritableKeyPath<Bucket, Value?> & Sendable, from value: @escaping @Sendable (Output) -> Value?,
    for key: @escaping @Sendable (Output) -> Bucket.Key, untilRunCompletes: Bool = true
  ) -> some StagePolicy<Input, Output> {
    modified(
      by: WritingCache<Input, Output, Bucket, Value>(
        property: property, value: value, key: key, isForRun: untilRunCompletes))
  }

  /// Sets a property of the handler's input to what is in the cache, just before the handler runs. What is not there, because
  /// it was evicted, or the process is a new one, is loaded, and put into the cache for the next.
  ///
  /// What the loader throws fails the activation with the kind `inputValidation`.
  ///
  /// - Parameters:
  ///   - property: The bucket's property: `\AudioBucket.samples`.
  ///   - target: The property of the input.
  ///   - key: What the bucket is found by.
  ///   - load: Makes the value again. What it loads goes when the run is complete.
  public func injectingCache<Bucket: CacheBucket, Value: Sendable>(
    _ property: any WritableKeyPath<Bucket, Value?> & Sendable,
    into target: any WritableKeyPath<Input, Value?> & Sendable, for key: @escaping @Sendable (Input) -> Bucket.Key,
    orLoad load: @escaping @Sendable (Input, StageContext) async throws -> Value?
  ) -> some StagePolicy<Input, Output> {
    modified(
      by: InjectingCache<Input, Output, Bucket, Value>(property: property, target: target, key: key, load: load))
  }
}

private struct WritingCache<Input: Sendable, Output: Sendable, Bucket: CacheBucket, Value: Sendable>:
  PolicyModifier, StateNeeding
{
  let property: any WritableKeyPath<Bucket, Value?> & Sendable
  let value: @Sendable (Output) -> Value?
  let key: @Sendable (Output) -> Bucket.Key
  let isForRun: Bool

  var needs: [StateNeed] { [.cache(Bucket.self)] }

  func onSuccess(_ output: Output, for message: Message, in context: StageContext) async throws {
    let outcome = try context.cache(of: Bucket.self)
      .set(property, value(output), for: key(output), until: isForRun ? context.run : nil)
    if case .refused(let refusal) = outcome {
      context.logger.debug("the cache did not keep a value", metadata: ["tadween.reason": "\(refusal)"])
    }
  }
}

private struct InjectingCache<Input: Sendable, Output: Sendable, Bucket: CacheBucket, Value: Sendable>:
  PolicyModifier, StateNeeding
{
  let property: any WritableKeyPath<Bucket, Value?> & Sendable
  let target: any WritableKeyPath<Input, Value?> & Sendable
  let key: @Sendable (Input) -> Bucket.Key
  let load: @Sendable (Input, StageContext) async throws -> Value?

  var needs: [StateNeed] { [.cache(Bucket.self)] }

  func adjust(_ input: Input, for message: Message, in context: StageContext) async throws -> Input {
    var input = input
    let cache = try context.cache(of: Bucket.self)
    let key = key(input)
    if let known = cache[key, property] {
      input[keyPath: target] = known
    } else {
      let loaded = try await load(input, context)
      cache.set(property, loaded, for: key, until: context.run)
      input[keyPath: target] = loaded
    }
    return input
  }
}
