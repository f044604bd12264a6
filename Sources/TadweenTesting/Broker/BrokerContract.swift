public import Tadween

/// What every `Broker` promises, as checks to run against your own.
///
/// It uses no testing library: a check that fails throws. With Swift Testing, for instance:
/// ```swift
/// @Test(arguments: BrokerContract.Check.allCases)
/// func keepsItsPromise(_ check: BrokerContract.Check) async throws {
///   try await BrokerContract { MyBroker() }.verify(check)
/// }
/// ```
/// Each check opens fresh brokers on small graphs of its own and drives them through their protocol alone, as an engine
/// would, with encoded payloads where ``Broker/payloadEncoding`` says so. Nothing here depends on time, except that a
/// broker which loses a message or a completion would hang its check for ever: after ``patience`` such a check fails, and
/// what hangs is left behind.
public struct BrokerContract: Sendable {
  /// A promise that was not kept.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public let check: Check
    /// What was seen, as a sentence.
    public let reason: String

    public var description: String { "\(check.rawValue): \(reason)" }
  }

  /// Makes a fresh broker, not opened and with nothing in its store; called at least once a check.
  public let makeBroker: @Sendable () async throws -> any Broker

  /// Makes the next commit of this broker throw, once, as its storage might: before or after the commit is stored. nil,
  /// for a broker that cannot be made to fail: ``Check/survivesACommitThatThrows`` then has nothing to look at.
  public var failNextCommit: (@Sendable (any Broker) async throws -> Void)?

  /// How long a check may take before it counts as hanging.
  public var patience: Duration

  /// What measures ``patience``.
  public var clock: any Clock<Duration>

  /// What the check that runs waits for.
  private(set) var wait = Wait()

  public init(
    patience: Duration = .seconds(60), clock: any Clock<Duration> = ContinuousClock(),
    failNextCommit: (@Sendable (any Broker) async throws -> Void)? = nil,
    makeBroker: @escaping @Sendable () async throws -> any Broker
  ) {
    self.patience = patience
    self.clock = clock
    self.failNextCommit = failNextCommit
    self.makeBroker = makeBroker
  }

  /// Runs one check.
  ///
  /// - Throws: ``Failure`` if the promise is not kept, or if the broker throws where it should not; `CancellationError`.
  public func verify(_ check: Check) async throws {
    // A copy, for checks may run at the same time.
    let contract = with(Wait())
    do {
      try await withPatience(
        patience, on: clock,
        hung: { Failure(check: check, reason: "hung; it gave no result within \(patience)\(contract.wait.clause).") }
      ) { try await contract.perform(check) }
    } catch let failure as Failure {
      throw failure
    } catch let error as CancellationError {
      throw error
    } catch {
      throw Failure(check: check, reason: "it threw: \(error)")
    }
  }

  private func with(_ wait: Wait) -> BrokerContract {
    var copy = self
    copy.wait = wait
    return copy
  }

  /// Runs all checks, one after the other.
  ///
  /// - Returns: the promises that were not kept; empty if all is well.
  /// - Throws: `CancellationError`.
  public func verifyAll() async throws -> [Failure] {
    var failures: [Failure] = []
    for check in Check.allCases {
      do { try await verify(check) } catch let failure as Failure { failures.append(failure) }
    }
    return failures
  }
}
