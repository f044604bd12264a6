/// How much passes through one topic, or through one stage's queue, at one moment.
public struct TopicStatistics: Hashable, Sendable {
  /// What has happened since the topic was first used. Numbers only: nothing is kept of a message that is over.
  public struct Totals: Hashable, Sendable {
    /// Messages that were published, whether or not anybody subscribed.
    public package(set) var published = 0
    /// Messages that were handed to subscribers; one that three subscribers got counts three times, here and below.
    public package(set) var delivered = 0
    /// Deliveries that ended well.
    public package(set) var acknowledged = 0
    /// Deliveries whose handler threw, or whose payload could not become the subscriber's type.
    public package(set) var failed = 0
    /// Messages that a subscriber never got: its buffer was full, or it unsubscribed before.
    public package(set) var dropped = 0

    /// Deliveries that are neither acknowledged nor failed yet.
    public var running: Int { delivered - acknowledged - failed }

    package init() {}
  }

  /// The topic's name; a stage's name for a queue of a workflow.
  public let topic: Topic
  /// The workflow whose queue this is; nil for a topic of the user's own.
  public let workflow: String?
  /// How many subscribe. A stage is the one subscriber of its queue.
  public let subscriptions: Int
  /// Messages in the subscriptions' buffers.
  public let waiting: Int
  /// Messages that subscribers, or a stage's workers, have in hand.
  public let running: Int
  /// Publishers that wait for room in a bounded buffer.
  public let waitingPublishers: Int
  /// What has happened so far; nil for a workflow's queue, which counts only what is there now.
  public let totals: Totals?

  package init(
    topic: Topic, workflow: String? = nil, subscriptions: Int, waiting: Int, running: Int, waitingPublishers: Int,
    totals: Totals? = nil
  ) {
    self.topic = topic
    self.workflow = workflow
    self.subscriptions = subscriptions
    self.waiting = waiting
    self.running = running
    self.waitingPublishers = waitingPublishers
    self.totals = totals
  }
}
