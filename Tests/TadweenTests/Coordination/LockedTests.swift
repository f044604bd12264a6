import Testing

@testable import Tadween

@Suite struct LockedTests {
  @Test func addsUpWhenManyTasksCount() async {
    let count = Locked(0)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<1000 { count.withLock { $0 += 1 } } }
      }
    }
    #expect(count.withLock { $0 } == 8000)
  }

  @Test func keepsWhatWasDoneBeforeAThrow() {
    struct Stop: Error {}
    let list = Locked([Int]())
    #expect(throws: Stop.self) {
      try list.withLock { (list) throws(Stop) in
        list.append(1)
        throw Stop()
      }
    }
    #expect(list.withLock { $0 } == [1])
  }

  @Test func lettingItGoLetsItsValueGo() {
    final class Witness: Sendable {}
    weak var seen: Witness?
    do {
      let witness = Witness()
      seen = witness
      _ = Locked([witness])
    }
    #expect(seen == nil)
  }

  @Test func holdsValuesThatAreNeitherCopyableNorSmall() {
    struct Token: ~Copyable {
      var uses = 0
      let padding: (SIMD64<UInt8>, UInt8) = (.init(repeating: 7), 9)
    }
    let token = Locked(Token())
    token.withLock { $0.uses += 2 }
    #expect(token.withLock { $0.uses } == 2)
    #expect(token.withLock { $0.padding.0[63] } == 7)
  }

  // A class, a non-Sendable value in, a non-Sendable value out: the shapes in which the engine uses it.
  @Test func handsOutWhatItNoLongerHolds() {
    final class Box {
      var value = 1
    }
    struct State {
      var boxes: [Int: [Int]] = [:]
      var wake: [CheckedContinuation<Void, Never>] = []
    }
    final class Holder: Sendable {
      let state = Locked(State())
    }
    let holder = Holder()
    let taken = holder.state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.boxes[1] = [2]
      defer { state.wake = [] }
      return state.wake
    }
    #expect(taken.isEmpty)
    let boxed = Locked(Box())
    boxed.withLock { $0.value += 1 }
    #expect(boxed.withLock { $0.value } == 2)
  }

  #if DEBUG
    @Test func takenTwiceByOneThreadItStopsTheProgramInsteadOfHanging() async {
      await #expect(processExitsWith: .failure) {
        let locked = Locked(0)
        locked.withLock { _ in locked.withLock { $0 += 1 } }
      }
    }
  #endif
}
