public import TadweenCore

/// What a stage is told besides its handler. Every option has a default.
public struct StageOptions: Sendable {
  /// How its handler's runs are executed; `.concurrent(1)`: one at a time, in a task.
  public var taskQueue: any TaskQueue
  /// The greatest number of messages that wait before publishers do; nil: no bound.
  public var queueBound: Int?
  /// How long an attempt may take; nil: for ever. At the deadline the attempt fails and its task is cancelled; its
  /// worker is free when the handler has returned.
  public var timeout: Duration?
  /// How long a message may wait at the stage before an attempt begins; nil: for ever. It then fails with the kind
  /// `queueTimeout`, which is retried only where the retry policy says so.
  public var queueTimeout: Duration?
  /// Whether a failed attempt is made again, and when; `.none` by default.
  public var retry: RetryPolicy
  /// Whether a failure waits for somebody to decide, and how long; nil, the default: it fails at once.
  public var park: Park?
  /// What it needs of the workflow's resources; nothing by default.
  public var demands: Demands
  /// When it has to wait for the workflow's shared state; nil: never.
  public var deferral: Deferral?
  /// How often an attempt may begin; nil: as often as there is work.
  public var rate: RateLimit?
  /// Which messages have to go one after the other; nil: none.
  public var concurrencyKey: ConcurrencyKey?
  /// Whether it runs in a cancelled run too; for clean-up. False by default.
  public var runsWhenCancelled: Bool
  /// Whether ``Run/output(of:)`` can ask for its output though it is no sink. False by default.
  public var keepsOutput: Bool
  /// What its policy finds with ``StageContext/repository(of:)``, before it looks among those of the workflow; none by
  /// default. One for each kind of artifact.
  public var repositories: [any Repository]
  /// What its policy finds with ``StageContext/cache(of:)``, in the same way; none by default. One for each kind of bucket.
  public var caches: [any RunScopedCache]

  /// How messages gather, where the handler takes several at once.
  var batch: BatchWindow?

  public init(
    taskQueue: some TaskQueue = .concurrent(1), queueBound: Int? = nil, demands: Demands = .none,
    retry: RetryPolicy = .none, park: Park? = nil, timeout: Duration? = nil, queueTimeout: Duration? = nil,
    deferral: Deferral? = nil, rate: RateLimit? = nil, concurrencyKey: ConcurrencyKey? = nil,
    runsWhenCancelled: Bool = false, keepsOutput: Bool = false, repositories: [any Repository] = [],
    caches: [any RunScopedCache] = []
  ) {
    self.taskQueue = taskQueue
    self.queueBound = queueBound
    self.demands = demands
    self.retry = retry
    self.park = park
    self.timeout = timeout
    self.queueTimeout = queueTimeout
    self.deferral = deferral
    self.rate = rate
    self.concurrencyKey = concurrencyKey
    self.runsWhenCancelled = runsWhenCancelled
    self.keepsOutput = keepsOutput
    self.repositories = repositories
    self.caches = caches
  }
}

extension StageOptions {
  /// What its policy may use.
  func stores(beside common: StageStores) -> StageStores {
    StageStores(repositories: repositories, caches: caches, fallback: common)
  }

  /// What its messages have to pass.
  ///
  /// - Parameter hasPolicy: Whether a policy looks at each of them.
  func gates(hasPolicy: Bool) -> GateOptions {
    var gates = GateOptions()
    gates.screens = hasPolicy || concurrencyKey != nil
    gates.keyLimit = concurrencyKey?.limit
    gates.rate = rate
    gates.demands = demands
    gates.queueTimeout = queueTimeout
    gates.batch = batch
    gates.isDeferrable = deferral != nil
    gates.deferralTimeout = deferral?.timeout
    return gates
  }
}
