internal import Measure
internal import Tadween

/// Messages that wait at a stage whose handler is blocked, their handles dropped.
struct Queued {
  let items: Int
  let payload: Int

  init(_ options: Options) {
    items = options.items ?? 100_000
    payload = options.payload ?? 100
  }

  func measure() async throws -> JSONLine {
    let workflow = Workflow(name: "queued")
    let (gate, opening) = AsyncStream<Void>.makeStream()
    let (arrivals, arriving) = AsyncStream<Void>.makeStream()
    let isOpen = OpenOnce()
    try workflow.addStage("blocked") { (text: String) async -> Int in
      if isOpen.first() {
        arriving.finish()
        for await _ in gate {}
      }
      return text.utf8.count
    }
    try await workflow.build()
    _ = try await workflow.submit(text(payload))
    for await _ in arrivals {}

    let (allocated, resident) = (Memory.allocated, Memory.resident)
    for start in stride(from: 0, to: items, by: 1_000) {
      _ = try await workflow.submit(contentsOf: (start..<min(start + 1_000, items)).map { _ in text(payload) })
    }
    let residentBytes = Memory.resident - resident
    let allocatedBytes = Memory.allocated.flatMap { now in allocated.map { now - $0 } }
    opening.finish()
    try await workflow.waitUntilIdle()
    try await workflow.close()

    var line = JSONLine("queued")
    line.add("items", items)
    line.add("payload", payload)
    // By malloc's own books where it keeps them, else by resident memory; beyond the payload's bytes.
    line.add("bytes_per_message", (allocatedBytes ?? residentBytes) / items - payload)
    line.add("with_payload", (allocatedBytes ?? residentBytes) / items)
    line.add("rss_per_message", residentBytes / items - payload)
    return line
  }
}
