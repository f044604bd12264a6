internal import TadweenCore

/// More workers, or fewer, while the stage is at work.
extension StageRuntime {
  /// Lets so many work at once. New ones are warmed up before anything is given to them; those that are too many finish what
  /// they have in hand, and are shut down.
  func setWorkers(_ count: Int) async throws {
    guard options.taskQueue.executor(ofWorker: 0) == nil else {
      throw TadweenError(
        .invalidArgument,
        "Stage \"\(name)\" works on threads of its task queue's own, of which there are as many as it was made with: give it a "
          + ".concurrent task queue to change their number.", stage: name)
    }
    let slots = makeSlots(count)
    do {
      for slot in slots { try await slot.instance.warmUp() }
    } catch {
      if !work.instances.areShared { for slot in slots { await slot.instance.shutDown() } }
      throw TadweenError(
        .warmUpFailed, "The handler of stage \"\(name)\" could not be warmed up for another worker: \(error)",
        stage: name,
        underlying: error)
    }
    // First, for whoever is summoned needs a task.
    crew.enlarge(by: slots.count)
    var surplus: [Slot] = []
    change { state, _ in
      desk?.changeFreeWorkers(of: id, by: count - state.queue.workers)
      state.queue.setWorkers(count)
      state.slots += slots
      state.freeSlots += slots
      surplus = state.takeSurplus()
    }
    for slot in surplus { shutDown(slot) }
  }

  /// The slots that are lacking for so many workers.
  private func makeSlots(_ count: Int) -> [Slot] {
    state.withLock { state in
      (state.slots.count..<max(count, state.slots.count)).map { _ in
        defer { state.nextSlot += 1 }
        return Slot(state.nextSlot, work.instances.next())
      }
    }
  }

  /// Lets go of the handler of a slot that is used no longer; a shared one is the others' too.
  func shutDown(_ slot: Slot) {
    dispatch(
      Errand { _ in
        if !self.work.instances.areShared { await slot.instance.shutDown() }
        self.state.withLock { $0.retiredSlots.removeAll { $0 === slot } }
      })
  }
}

extension StageRuntime.State {
  /// Takes out free slots that are too many; whoever is on its way here finds one all the same.
  fileprivate mutating func takeSurplus() -> [Slot] {
    let surplus = min(slots.count - queue.workers, freeSlots.count - queue.summoned)
    guard surplus > 0 else { return [] }
    let taken = Array(freeSlots.suffix(surplus))
    freeSlots.removeLast(surplus)
    for slot in taken { retire(slot) }
    return taken
  }
}
