// The bare loop that Tadween's in-memory speed is held against: three no-op stages in a line, a lock-protected
// array a hop, worker tasks that take batches, a typed value in an existential box, one counter a run.
// No policy, no identity, no errors. `tadween-bench` has the same loop inside, with parameters; `../limit` shows that
// both are equally fast.
//
//   swiftc -O -swift-version 6 loop.swift -o loop
//   ./loop chain   [items] [batch] [workers]     stage transitions a second
//   ./loop latency [items]                       one item at a time through three hops, microseconds

import Synchronization

struct Item: Codable, Sendable { var n: Int }

final class RunCounter: Sendable { let open = Atomic<Int>(1) }

struct Envelope: Sendable {
  var id: UInt64
  var payload: any Sendable
  var metadata: [String: String]
  var run: RunCounter
}

final class Hop: Sendable {
  private struct State {
    var waiting: [Envelope] = []
    var head = 0
    var sleepers: [CheckedContinuation<Void, Never>] = []
    var closed = false
  }
  private let state = Mutex(State())

  func push(_ envelopes: some Collection<Envelope>) {
    state.withLock { state in
      state.waiting.append(contentsOf: envelopes)
      return state.sleepers.popLast()
    }?.resume()
  }

  func close() {
    let sleepers = state.withLock { state in
      state.closed = true
      defer { state.sleepers = [] }
      return state.sleepers
    }
    for sleeper in sleepers { sleeper.resume() }
  }

  func pull(atMost limit: Int) async -> [Envelope]? {
    while true {
      let (batch, closed): ([Envelope]?, Bool) = state.withLock { state in
        let count = min(limit, state.waiting.count - state.head)
        guard count > 0 else { return (nil, state.closed) }
        let batch = Array(state.waiting[state.head..<state.head + count])
        state.head += count
        if state.head == state.waiting.count {
          state.waiting.removeAll(keepingCapacity: true)
          state.head = 0
        } else if state.head > 65_536 {
          state.waiting.removeFirst(state.head)
          state.head = 0
        }
        return (batch, false)
      }
      if let batch { return batch }
      if closed { return nil }
      await withCheckedContinuation { continuation in
        let ready = state.withLock { state in
          if state.waiting.count > state.head || state.closed { return true }
          state.sleepers.append(continuation)
          return false
        }
        if ready { continuation.resume() }
      }
    }
  }
}

protocol Work: Sendable { func run(_ item: Item) async throws -> Item }
struct NoOp: Work { func run(_ item: Item) async throws -> Item { item } }

let stages = 3
let hops = (0...stages).map { _ in Hop() }  // the last one collects what is done
let work: any Work = NoOp()

func serve(_ stage: Int, batch limit: Int) async {
  while let batch = await hops[stage].pull(atMost: limit) {
    var done: [Envelope] = []
    done.reserveCapacity(batch.count)
    for envelope in batch {
      guard let item = envelope.payload as? Item, let result = try? await work.run(item) else { continue }
      var next = envelope
      next.payload = result
      next.id &+= 1
      done.append(next)
    }
    hops[stage + 1].push(done)
  }
}

func seconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

let arguments = CommandLine.arguments.dropFirst()
let scenario = arguments.first ?? "chain"
let numbers = arguments.dropFirst().compactMap(Int.init)
let items = numbers.first ?? (scenario == "chain" ? 1_000_000 : 50_000)
let batch = numbers.dropFirst().first ?? (scenario == "chain" ? 256 : 1)
let workers = numbers.dropFirst(2).first ?? 1
let clock = ContinuousClock()

await withTaskGroup(of: Void.self) { group in
  for stage in 0..<stages { for _ in 0..<workers { group.addTask { await serve(stage, batch: batch) } } }
  if scenario == "chain" {
    let start = clock.now
    for n in 0..<items {
      hops[0].push(
        CollectionOfOne(Envelope(id: UInt64(n), payload: Item(n: n), metadata: [:], run: RunCounter())))
    }
    var finished = 0
    while finished < items, let done = await hops[stages].pull(atMost: 4096) {
      for envelope in done where envelope.run.open.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
        finished += 1
      }
    }
    let elapsed = seconds(clock.now - start)
    print(
      "{\"scenario\":\"chain\",\"items\":\(items),\"batch\":\(batch),\"workers\":\(workers),"
        + "\"stage_transitions_per_s\":\(Int(Double(items * stages) / elapsed))}")
  } else {
    var times: [Double] = []
    for n in 0..<items {
      let start = clock.now
      hops[0].push(
        CollectionOfOne(Envelope(id: UInt64(n), payload: Item(n: n), metadata: [:], run: RunCounter())))
      _ = await hops[stages].pull(atMost: 1)
      times.append(seconds(clock.now - start) * 1e6)
    }
    times.sort()
    print(
      "{\"scenario\":\"latency\",\"items\":\(items),\"p50_us\":\(times[items / 2]),"
        + "\"p99_us\":\(times[items * 99 / 100])}")
  }
  for hop in hops { hop.close() }
}
