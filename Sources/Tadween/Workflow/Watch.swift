internal import TadweenCore

/// Takes batches back from workers whose handler turned out slow, so that results are committed and neighbours run.
///
/// It looks every millisecond while there are batches of more than one, and sleeps otherwise. It serves latency and no
/// rule: real time, whatever clock the workflow has.
final class Watch: Sendable {
  private struct Post: Sendable {
    let slot: Slot
    let stage: StageRuntime
    var serial: UInt64
    var idleLooks: Int
  }

  private struct State: Sendable {
    var posts: [Post] = []
    var sleeper: CheckedContinuation<Void, Never>?
    var isClosed = false
  }

  private let state = Locked(State())

  /// A worker has loaded a batch.
  func observe(_ slot: Slot, of stage: StageRuntime) {
    guard slot.beginWatch() else { return }
    let sleeper = state.withLock { state in
      state.posts.append(Post(slot: slot, stage: stage, serial: 0, idleLooks: 0))
      return state.sleeper.take()
    }
    sleeper?.resume()
  }

  func run(_ engine: Engine) async {
    while await isNeeded() {
      try? await (engine.world?.time ?? ContinuousClock()).sleep(for: .milliseconds(1))
      let posts = state.withLock { $0.posts }
      var kept: [Post] = []
      for var post in posts {
        let look = post.slot.look(since: post.serial)
        post.idleLooks = look.isIdle ? post.idleLooks + 1 : 0
        post.serial = look.serial
        if let untold = look.untold, engine.events.isObserved { post.stage.tellStart(of: untold) }
        if !look.returned.isEmpty { post.stage.putBack(look.returned) }
        if let result = await engine.commit(look.done, of: post.stage, tellingStarts: true) {
          engine.enqueue(result.deliveries)
        }
        if post.idleLooks < 100 { kept.append(post) } else { post.slot.endWatch() }
      }
      state.withLock { state in state.posts = kept + state.posts.dropFirst(posts.count) }
    }
  }

  private func isNeeded() async -> Bool {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isDue = state.withLock { state in
        if state.isClosed || !state.posts.isEmpty { return true }
        state.sleeper = continuation
        return false
      }
      if isDue { continuation.resume() }
    }
    return state.withLock { !$0.isClosed }
  }

  func close() {
    let sleeper = state.withLock { state in
      state.isClosed = true
      return state.sleeper.take()
    }
    sleeper?.resume()
  }
}
