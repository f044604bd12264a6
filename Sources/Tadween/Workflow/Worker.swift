internal import TadweenCore

/// One task of a crew: goes where it is summoned, takes messages, runs them, commits, and carries the last on.
struct Worker {
  let engine: Engine
  let crew: Crew
  let thread: Int?

  func run() async {
    while let stage = await crew.next(thread: thread) {
      var place = Place(stage: stage, slot: stage.come(preferring: thread))
      while let next = await serve(place) { place = next }
      if Task.isCancelled { return crew.replace(thread: thread) }
    }
  }

  /// Where it works, and what it brings along.
  private struct Place {
    let stage: StageRuntime
    let slot: Slot
    var brought: [Delivery] = []
  }

  /// Works at a stage until there is nothing to do there. Returns the place to go on at, where it carries messages on.
  private func serve(_ place: Place) async -> Place? {
    let (stage, slot) = (place.stage, place.slot)
    var brought = place.brought
    while true {
      let batch = brought.isEmpty ? stage.take(for: slot) : brought
      if batch.isEmpty { return nil }
      brought = []
      let size = batch.count
      let start = ContinuousClock.now
      slot.load(batch, task: .current)
      // What a batch handler was given is one piece of work, of which nothing can be taken back.
      if size > 1, stage.options.batch == nil { engine.watch.observe(slot, of: stage) }
      var expired: [Delivery] = []
      if let timeout = stage.options.timeout {
        expired = await run(batch, stage, slot, within: timeout)
      } else {
        await work(on: batch, at: stage, slot)
      }
      let (done, returned, wasInterrupted, isUntold) = slot.unload()
      if stage.hasGates { stage.finish(slot, recorded: Set(done.map(\.delivery.work) + expired.map(\.work))) }
      slot.note(
        engine.pace(since: start), for: size, greatest: stage.greatestBatch, commit: engine.commitCost)
      if !returned.isEmpty { stage.putBack(returned) }
      let hasHooks = stage.work.hasHooks
      let message = hasHooks ? slot.message.withLock { $0.take() } : nil
      // A task that was cancelled together with a handler commits nothing, for no broker is to see the cancellation, and
      // takes nothing more.
      if wasInterrupted || Task.isCancelled || (!stage.boundedTargets.isEmpty && !engine.hasRoom(for: done, of: stage))
      {
        if isUntold && !stage.hasGates { stage.tellStarts(of: done) }
        await concludeLater(done, message, stage, slot)
        return nil
      }
      if hasHooks {
        engine.hooks.admit(1)
        await conclude(done, message, stage)
      } else {
        let isUntold = isUntold && !stage.hasGates
        guard let result = await engine.commit(done, of: stage, tellingStarts: isUntold) else {
          stage.abandon(slot)
          return nil
        }
        if let next = carryOn(result.deliveries, from: stage, slot) { return next }
      }
      // Made again at once, and for ever, attempts would keep the thread from everybody else: from who would cancel them, too.
      if stage.retriesForEver, done.contains(where: \.ending.isRetried) { await Task.yield() }
    }
  }

  /// Waits for room, then commits. In a task of the engine's, for a worker that waits holds nothing but its place at its own
  /// stage (rule R17): its thread may be the one that has to make the room, and its instance is its thread's.
  private func concludeLater(_ done: [Transition], _ message: Message?, _ stage: StageRuntime, _ slot: Slot) async {
    stage.giveBack(slot)
    engine.hooks.admit(1)
    let errand = Errand { engine in
      await engine.waitForRoom(for: done, of: stage)
      await conclude(done, message, stage)
      stage.leave()
    }
    // Where the engine takes no more tasks, nobody waits for room either, and what ended is not to be lost.
    if case .terminated = engine.dispatch.yield(errand) { await errand.run(engine) }
  }

  /// Commits, sends on what became ready, then lets the policy know that it was recorded: what it does must not hold
  /// anything up.
  private func conclude(_ done: [Transition], _ message: Message?, _ stage: StageRuntime) async {
    defer { engine.hooks.dismiss(1) }
    guard let result = await engine.commit(done, of: stage) else { return }
    engine.enqueue(result.deliveries)
    guard stage.work.hasHooks else { return }
    for (position, transition) in done.enumerated() where !result.stale.contains(position) {
      await stage.work.afterCommit(transition.delivery, message, of: stage)
    }
  }

  private func work(on batch: [Delivery], at stage: StageRuntime, _ slot: Slot) async {
    if stage.hasGates, case .screen = slot.gateStep {
      await stage.work.screen(slot, of: stage)
      engine.tracing?.look(at: batch, screenedIn: slot)
    } else if let tracing = engine.tracing {
      await tracing.follow(batch, in: slot) { await stage.work.run(slot, of: stage) }
    } else {
      await stage.work.run(slot, of: stage)
    }
  }

  /// Runs messages whose attempts end when the time is up. Returns those that did.
  private func run(
    _ batch: [Delivery], _ stage: StageRuntime, _ slot: Slot, within timeout: Duration
  ) async -> [Delivery] {
    // A task of its own, for the deadline holds though the attempt's task is cancelled; and not on the stage's own
    // thread, which the handler may be blocking.
    let deadline = Task(executorPreference: engine.world?.executor ?? globalConcurrentExecutor) {
      guard (try? await engine.clock.rest(for: timeout)) != nil else { return [Delivery]() }
      let expired = slot.expire(batch)
      // The attempt's return cancels this task, and must not cut short what its deadline began.
      if !expired.isEmpty { await engine.perform { await expire(expired, stage, slot, timeout) } }
      return expired
    }
    await work(on: batch, at: stage, slot)
    deadline.cancel()
    let expired = await deadline.value
    for delivery in batch { stage.endOverrun(delivery) }
    return expired
  }

  /// The deadline has come: the attempts have ended, though their handler has not returned (rule R13).
  private func expire(_ expired: [Delivery], _ stage: StageRuntime, _ slot: Slot, _ timeout: Duration) async {
    engine.hooks.admit(1)
    defer { engine.hooks.dismiss(1) }
    let error = TadweenError(.timedOut, "the attempt took longer than \(timeout)")
    let ends = expired.map { delivery in
      stage.beginOverrun(delivery)
      let failure = stage.failure(.timeout, error, delivery)
      let (decision, elapsed) = stage.decide(failure, error, of: delivery, begunAt: slot.start)
      let ending = decision.ending(failure, of: delivery, elapsed: elapsed)
      return (transition: Transition(of: delivery, ending), failure: failure, decision: decision)
    }
    let transitions = ends.map(\.transition)
    for delivery in expired {
      stage.logOverrun(of: delivery, timeout)
      stage.tellOverrun(of: delivery, timeout)
    }
    for transition in transitions { engine.tracing?.expire(transition.delivery, transition.ending) }
    await engine.waitForRoom(for: transitions, of: stage)
    guard let result = await engine.commit(transitions, of: stage) else { return }
    engine.enqueue(result.deliveries)
    let message = slot.message.withLock { $0 }
    for (transition, failure, decision) in ends {
      await stage.work.expired(transition.delivery, message, failure, decision, of: stage)
    }
  }

  /// Sends on what became ready. Goes along where the next stage has nothing to do and this one neither.
  private func carryOn(_ ready: [Delivery], from stage: StageRuntime, _ slot: Slot) -> Place? {
    guard let last = ready.last else { return nil }
    let next = engine.stages[Int(last.stage.index)]
    guard next.crew === crew, next !== stage, stage.hasNothingWaiting, !engine.isIsolating else {
      engine.enqueue(ready)
      return nil
    }
    let start = ready.lastIndex { $0.stage != last.stage }.map { $0 + 1 } ?? 0
    engine.enqueue(ready[..<start])
    guard let (slotThere, kept) = next.handOff(ready[start...], preferring: thread) else {
      engine.enqueue(ready[start...])
      return nil
    }
    stage.abandon(slot)
    let brought = kept == ready.count ? ready : Array(ready[start..<start + kept])
    return Place(stage: next, slot: slotThere, brought: brought)
  }
}
