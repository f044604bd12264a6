import Tadween

/// What a handler stands at that does not listen: cancelling its task changes nothing.
final class Wall: Sendable {
  private struct State {
    var isDown = false
    var arrived = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
    var expected: [(count: Int, CheckedContinuation<Void, Never>)] = []
  }

  private let state = Locked(State())

  /// Waits until the wall is torn down.
  func stand() async {
    await withCheckedContinuation { continuation in
      let (isDown, told) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
        state.arrived += 1
        if !state.isDown { state.waiting.append(continuation) }
        let told = state.expected.filter { $0.count <= state.arrived }.map(\.1)
        state.expected.removeAll { $0.count <= state.arrived }
        return (state.isDown, told)
      }
      for one in told { one.resume() }
      if isDown { continuation.resume() }
    }
  }

  func tearDown() {
    let waiting = state.withLock { state in
      state.isDown = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume() }
  }

  /// How many have come to stand here.
  var arrived: Int { state.withLock { $0.arrived } }

  /// Waits until so many have come.
  func arrivals(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.arrived < count { state.expected.append((count, continuation)) }
        return state.arrived >= count
      }
      if isThere { continuation.resume() }
    }
  }
}
