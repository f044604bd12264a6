/// What Tadween throws: a code to switch on, a sentence to read, and what it concerns.
public struct TadweenError: Error, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong. A struct and no enum: later versions know more codes.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    /// A code of your own, for what a broker or a task queue of yours throws.
    public init(_ name: String) { self.name = name }
    public var description: String { name }

    /// The graph is wrong; the sentence lists everything, see ``GraphError``.
    public static let invalidGraph = Code("invalidGraph")
    /// An argument cannot be used.
    public static let invalidArgument = Code("invalidArgument")
    /// The workflow was changed after it was built, or used before.
    public static let wrongPhase = Code("wrongPhase")
    /// A payload could not become a stage's input, or whatever type it was asked for; or it could not be encoded.
    public static let inputValidation = Code("inputValidation")
    /// A hook or an interception threw.
    public static let policyFailed = Code("policyFailed")
    /// A handler threw.
    public static let handlerFailed = Code("handlerFailed")
    /// A handler could not be made or warmed up.
    public static let warmUpFailed = Code("warmUpFailed")
    /// An attempt, a close, or a wait took longer than allowed.
    public static let timedOut = Code("timedOut")
    /// A message waited for the workflow's state longer than allowed, or the predicate over it threw.
    public static let deferralTimedOut = Code("deferralTimedOut")
    /// An output could not be sent on.
    public static let routingFailed = Code("routingFailed")
    /// The workflow or its broker is closed.
    public static let brokerClosed = Code("brokerClosed")
    /// A task queue, or the runner of one, is closed, or about to be: it takes no new work.
    public static let queueClosed = Code("queueClosed")
    /// A task queue could not start its threads.
    public static let cannotStart = Code("cannotStart")
    /// The run was cancelled.
    public static let cancelled = Code("cancelled")
    /// The same run id was submitted with another payload.
    public static let idConflict = Code("idConflict")
    /// What was to be redriven, or decided about, has not failed, or has been taken care of since.
    public static let nothingToRedrive = Code("nothingToRedrive")
    /// The broker cannot do what is asked of it.
    public static let unsupported = Code("unsupported")
    /// The run has no such output.
    public static let noOutput = Code("noOutput")
    /// A repository could not read or write.
    public static let repositoryFailed = Code("repositoryFailed")
    /// A repository has no artifact with that id.
    public static let artifactNotFound = Code("artifactNotFound")
    /// What was being read, a piece at a time, was replaced or deleted before its end. Read it again.
    public static let changedMeanwhile = Code("changedMeanwhile")
    /// What is stored cannot be read as what it should be.
    public static let corruptData = Code("corruptData")
    /// A tool that is needed is not installed.
    public static let toolMissing = Code("toolMissing")
    /// A picture could not be made.
    public static let visualizationFailed = Code("visualizationFailed")
  }

  /// What to switch on.
  public let code: Code
  /// A sentence that names what went wrong and what to do.
  public let message: String
  /// The stage it concerns.
  public let stage: String?
  /// The run it concerns.
  public let run: RunID?
  /// The failures of a run, where it failed; the code, the stage, the attempt, the hook and the message are the first one's.
  public let failures: [Failure]
  /// The error beneath it.
  public let underlying: (any Error)?

  public init(
    _ code: Code, _ message: String, stage: String? = nil, run: RunID? = nil, failures: [Failure] = [],
    underlying: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.stage = stage
    self.run = run
    self.failures = failures
    self.underlying = underlying
  }

  /// The attempt that failed, from 1; nil where it concerns none.
  public var attempt: Int? { failures.first?.attempt }
  /// The hook that threw; nil where it was none.
  public var hook: String? { failures.first?.hook }
  /// The message that the attempt worked on; nil where it concerns none.
  public var messageID: MessageID? { failures.first?.message }

  public var description: String { message }
}
