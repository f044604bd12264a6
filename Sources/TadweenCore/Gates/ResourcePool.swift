/// Who holds which units, and who may take some next (rule R15): a value without a lock.
///
/// A stage's worker that is free asks for the units of the message that is next there. It gets all of them or none. The
/// stages that were refused are kept with the place of that message in the order of arrival, and whatever changes is
/// followed by ``call()``: the stages that would not be refused now, each said once until it asks again.
///
/// It is first come, first served among the messages that could start but for units: a worker of their stage is free, and
/// their run units are held or free. Where the oldest of them lacks units, up to 16 grants of what it waits for may pass it,
/// and then none, until it has got them. What it leaves over holds nobody up.
public struct ResourcePool: Sendable {
  /// How many grants may pass the oldest message that waits for the same.
  public let greatestPasses: Int

  private struct Stock: Sendable {
    let units: Int
    var free: Int
    /// The names of the free ones, the next one last.
    var names: [String]
  }

  /// A stage that demands something.
  private struct Claimant: Sendable {
    let attempt: [String: Int]
    let run: [String: Int]
    var freeWorkers: Int
    /// The message that was refused last.
    var front: Front?
    /// The next message was refused for want of run units.
    var lacksRunUnits = false
    /// It was called since, and has not asked yet.
    var isCalled = false
  }

  private struct Front: Sendable {
    let place: Place
    let run: RunID
    var passes: Int
    /// Whether it is the stage's next one still. Its passes are kept where it is not, for it may be so again.
    var isNext = true
  }

  /// A message's place among all that wait for resources: by priority, then by arrival.
  public struct Place: Hashable, Comparable, Sendable {
    let priority: Int
    let since: Duration
    let stage: StageID
    let order: UInt64

    public init(priority: Int, since: Duration, stage: StageID, order: UInt64) {
      self.priority = priority
      self.since = since
      self.stage = stage
      self.order = order
    }

    public static func < (a: Place, b: Place) -> Bool {
      (-a.priority, a.since, a.stage, a.order) < (-b.priority, b.since, b.stage, b.order)
    }
  }

  /// Names someone who waits for the units of a run.
  public typealias Redriver = UInt64

  /// The answer to a worker.
  public enum Verdict: Sendable {
    case granted(Grant)
    /// Units of an attempt are lacking, or it is another's turn.
    case refused
    /// Units of a run are lacking: the message holds nobody back, and does not count in its queue's bound.
    case lacksRunUnits
  }

  private var stocks: [String: Stock]
  private var claimants: [StageID: Claimant] = [:]
  private var attempts: [UInt64: [ResourceHolder]] = [:]
  private var runs: [RunID: [ResourceHolder]] = [:]
  private var grants: UInt64 = 0
  /// Complete runs that are to be redriven and wait for the units that they held, in the order in which they came. No other
  /// run takes such units before them: one stage demands them, so nobody's fit while the first of these does not, and what
  /// a run that completes leaves goes to these first.
  private var reservations: [(redriver: Redriver, run: RunID, stage: StageID)] = []

  public init(_ resources: Resources, greatestPasses: Int = 16) {
    self.greatestPasses = greatestPasses
    stocks = resources.byName.mapValues { Stock(units: $0.units, free: $0.units, names: $0.names.reversed()) }
  }

  /// Makes a stage known, before anything else is asked for it.
  public mutating func add(_ stage: StageID, _ demands: Demands, workers: Int) {
    claimants[stage] = Claimant(attempt: demands.ofAttempt, run: demands.ofRun, freeWorkers: workers)
  }

  /// A free worker asks for the units of the message that is next at its stage.
  public mutating func ask(_ delivery: Delivery, at place: Place, now: Duration) -> Verdict {
    guard let claimant = claimants[delivery.stage] else { return .granted(.none) }
    let lacksRun = !claimant.run.isEmpty && runs[delivery.run] == nil
    let lacksRunUnits = lacksRun && !fits(claimant.run)
    claimants[delivery.stage]?.front?.isNext = false
    claimants[delivery.stage]?.isCalled = false
    claimants[delivery.stage]?.lacksRunUnits = lacksRunUnits
    if lacksRunUnits { return .lacksRunUnits }
    guard mayTake(claimant.attempt, at: place) else {
      let passes = claimant.front.flatMap { $0.place == place ? $0.passes : nil } ?? 0
      claimants[delivery.stage]?.front = Front(place: place, run: delivery.run, passes: passes)
      return .refused
    }
    countPasses(claimant.attempt, before: place)
    if lacksRun { take(for: delivery.run, of: delivery.stage, now: now) }
    grants += 1
    let held = claimant.attempt.map { name, units in
      holder(name, units, of: delivery.run, at: delivery.stage, scope: delivery.scope, since: now)
    }
    if !held.isEmpty { attempts[grants] = held }
    let all = held + (runs[delivery.run] ?? [])
    return .granted(
      Grant(
        number: grants, units: Dictionary(all.map { ($0.resource, $0.units) }) { $0 + $1 },
        names: Dictionary(all.filter { !$0.names.isEmpty }.map { ($0.resource, $0.names) }) { $0 + $1 }))
  }

  /// The handler has returned: the units of its attempt are free.
  public mutating func giveBack(_ grant: Grant) {
    for holder in attempts.removeValue(forKey: grant.number) ?? [] { free(holder) }
  }

  /// The runs are complete: their units are free. Returns the redrivers that may go on.
  public mutating func complete(_ ended: some Sequence<RunID>, now: Duration) -> [Redriver] {
    for run in ended { for holder in runs.removeValue(forKey: run) ?? [] { free(holder) } }
    return admit(now: now)
  }

  /// Takes units for a complete run before it is redriven, as it held them. False: the redriver waits its turn.
  public mutating func reserve(_ run: RunID, of stage: StageID, for redriver: Redriver, now: Duration) -> Bool {
    if runs[run] != nil { return true }
    guard fits(claimants[stage]?.run ?? [:]) else {
      reservations.append((redriver, run, stage))
      return false
    }
    take(for: run, of: stage, now: now)
    return true
  }

  /// Gives units to the runs that wait to be redriven, as far as there are enough.
  private mutating func admit(now: Duration) -> [Redriver] {
    var admitted: [Redriver] = []
    while let next = reservations.first, runs[next.run] != nil || fits(claimants[next.stage]?.run ?? [:]) {
      if runs[next.run] == nil { take(for: next.run, of: next.stage, now: now) }
      admitted.append(reservations.removeFirst().redriver)
    }
    return admitted
  }

  /// Forgets a redriver that no longer waits.
  public mutating func forget(_ redriver: Redriver) { reservations.removeAll { $0.redriver == redriver } }

  /// The run held its units when its process died, and holds them still, however many there are now.
  public mutating func recount(_ run: RunID, of stage: StageID, now: Duration) {
    if runs[run] == nil { take(for: run, of: stage, now: now) }
  }

  private mutating func take(for run: RunID, of stage: StageID, now: Duration) {
    runs[run] = claimants[stage]?.run.map { name, units in
      holder(name, units, of: run, at: stage, scope: nil, since: now)
    }
  }

  /// A worker of the stage has something to do, or has done it; or there are more of them, or fewer.
  public mutating func changeFreeWorkers(of stage: StageID, by change: Int) {
    claimants[stage]?.freeWorkers += change
  }

  /// The message that was next at the stage is so no more.
  public mutating func forgetFront(of stage: StageID) {
    claimants[stage]?.front?.isNext = false
    claimants[stage]?.lacksRunUnits = false
    claimants[stage]?.isCalled = false
  }

  /// The stages whose next message would not be refused now.
  public mutating func call() -> [StageID] {
    let called = claimants.filter { _, claimant in
      guard claimant.freeWorkers > 0, !claimant.isCalled else { return false }
      if claimant.lacksRunUnits { return fits(claimant.run) }
      guard let front = claimant.front, front.isNext else { return false }
      return mayTake(claimant.attempt, at: front.place)
    }.keys.sorted()
    for stage in called { claimants[stage]?.isCalled = true }
    return called
  }

  /// Whether the run holds its units already.
  public func holds(_ run: RunID) -> Bool { runs[run] != nil }

  /// Whether the run units that the stage demands are there to be taken.
  public func hasRunUnits(for stage: StageID) -> Bool { claimants[stage].map { fits($0.run) } ?? true }

  /// Everything that is held, by resource and age.
  public var holders: [ResourceHolder] {
    (Array(attempts.values.joined()) + runs.values.joined())
      .sorted { ($0.resource, $0.since, $0.stage) < ($1.resource, $1.since, $1.stage) }
  }

  /// By resource, how many units are free.
  public var free: [String: Int] { stocks.mapValues(\.free) }

  /// By resource, how many units there are.
  public var units: [String: Int] { stocks.mapValues(\.units) }

  private func fits(_ demand: [String: Int]) -> Bool {
    demand.allSatisfy { stocks[$0.key].map(\.free) ?? 0 >= $0.value }
  }

  /// Whether there is enough, and taking it wrongs nobody who came before.
  private func mayTake(_ demand: [String: Int], at place: Place) -> Bool {
    guard fits(demand) else { return false }
    let left = passing(elders(of: place)) { _, _ in }
    return demand.allSatisfy { left[$0.key] ?? 0 >= $0.value }
  }

  /// Those who lack units, and from whom some of what they lack is taken, have been passed once more.
  private mutating func countPasses(_ demand: [String: Int], before place: Place) {
    var passed: [StageID] = []
    _ = passing(elders(of: place)) { elder, left in
      let isPassed = elder.demand.contains { name, units in
        demand[name].map { left[name] ?? 0 < units + $0 } ?? false
      }
      if isPassed { passed.append(elder.stage) }
    }
    for stage in passed { claimants[stage]?.front?.passes += 1 }
  }

  /// A message that could start but for units.
  private struct Elder {
    let stage: StageID
    let demand: [String: Int]
    let front: Front
  }

  /// The messages that came before, could start but for their units, and are next at their stages; the oldest first.
  private func elders(of place: Place) -> [Elder] {
    claimants.compactMap { stage, claimant in
      guard claimant.freeWorkers > 0, let front = claimant.front, front.isNext, front.place < place,
        claimant.run.isEmpty || runs[front.run] != nil || fits(claimant.run)
      else { return nil }
      return Elder(stage: stage, demand: claimant.attempt, front: front)
    }.sorted { $0.front.place < $1.front.place }
  }

  /// What is left for whoever comes after these.
  ///
  /// Each has what it demands set apart where there is enough. One that lacks something may be passed for a while, and then
  /// nothing of what it lacks is left, and of the rest what it does not need.
  ///
  /// - Parameter lacks: Told of each that lacks something, with what is left where it comes.
  private func passing(_ elders: [Elder], lacks: (Elder, _ left: [String: Int]) -> Void) -> [String: Int] {
    var left = free
    for elder in elders {
      let isServed = elder.demand.allSatisfy { left[$0.key] ?? 0 >= $0.value }
      if !isServed { lacks(elder, left) }
      guard isServed || elder.front.passes >= greatestPasses else { continue }
      for (name, units) in elder.demand { left[name] = max(0, (left[name] ?? 0) - units) }
    }
    return left
  }

  private mutating func holder(
    _ name: String, _ units: Int, of run: RunID, at stage: StageID, scope: ScopePath?, since: Duration
  ) -> ResourceHolder {
    stocks[name]?.free -= units
    let names = stocks[name].map { $0.names.suffix(units).reversed() } ?? []
    stocks[name]?.names.removeLast(names.count)
    return ResourceHolder(
      resource: name, units: units, names: names, run: run, stage: stage, scope: scope, since: since)
  }

  private mutating func free(_ holder: ResourceHolder) {
    stocks[holder.resource]?.free += holder.units
    stocks[holder.resource]?.names += holder.names.reversed()
  }
}
