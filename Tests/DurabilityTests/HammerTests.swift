import DurabilityTesting
import Foundation
import Tadween
import TadweenSQLite
import Testing

@testable import TadweenTesting

/// 64 tasks at one repository: whatever one loads, its fields agree with one another.
@Suite struct HammerTests {
  /// `TADWEEN_SECONDS` asks for longer, in seconds for each repository; see `Scripts/torture-repositories`.
  static let time: Duration? =
    ProcessInfo.processInfo.environment["TADWEEN_SECONDS"].flatMap(Int.init).map { .seconds($0) }

  enum Kind: CaseIterable { case memory, files, sqlite }

  private func open(_ kind: Kind, _ folder: Folder) throws -> any Repository<Paired> {
    switch kind {
    case .memory: try InMemoryRepository<Paired>()
    case .files: try StoreKind.files.open(in: folder.url.path)
    case .sqlite: try StoreKind.sqlite.open(in: folder.url.path)
    }
  }

  // One after the other, for the one in memory leaves the others no turn.
  @Test(.serialized, arguments: Kind.allCases)
  func everyArtifactIsWhole(_ kind: Kind) async throws {
    let folder = try Folder()
    let store = try open(kind, folder)
    let calls = try await hammer(store, for: Self.time, clock: ContinuousClock())
    print("hammer: \(kind): \(calls) calls")
    #expect(try await store.problems() == [])
  }

  /// Every task does ten things, or goes on for some time. Returns how many were done.
  private func hammer(
    _ store: any Repository<Paired>, for time: Duration?, clock: some Clock<Duration>
  ) async throws -> Int {
    let end = time.map { clock.now.advanced(by: $0) }
    return try await withThrowingTaskGroup(of: Int.self) { group in
      for task in 0..<64 as Range<UInt64> {
        group.addTask {
          var random = SeededGenerator(seed: 7, stream: task)
          var calls = 0
          while end.map({ clock.now < $0 }) ?? (calls < 10) {
            try await step(store, Int(task) * 1_000_000 + calls, &random)
            calls += 1
          }
          return calls
        }
      }
      return try await group.reduce(0, +)
    }
  }

  private func step(_ store: any Repository<Paired>, _ generation: Int, _ random: inout SeededGenerator) async throws {
    let ids: [ArtifactID] = ["a", "b", "c", "d", "e", "f"]
    let together: [ArtifactID] = ["x", "y", "z"]
    let id = ids.randomElement(using: &random)!
    let size = Int.random(in: 100...6000, using: &random)
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<5: try await store.save(Paired(id, generation, size: size))
    case 5: try await store.save(contentsOf: together.map { Paired($0, generation, size: size) })
    case 6..<9:
      do {
        try await store.savePart(\.$note, Paired.content("note", id, generation, size), of: id)
      } catch let error as TadweenError where error.code == .artifactNotFound {}
    case 9: try await store.delete(id)
    case 10..<15:
      do {
        let artifact = try await store.load(id, parts: .all)
        #expect(artifact.problem == nil)
      } catch let error as TadweenError where error.code == .artifactNotFound {}
    case 15, 16:
      let found = try await store.load(together, parts: .all)
      #expect(Set(found.map(\.root.generation)).count <= 1, "saved together, and not loaded together")
      #expect(found.allSatisfy { $0.problem == nil } && [0, 3].contains(found.count))
    case 17:
      do {
        guard let note = try await store.loadPart(\.$note, of: id) else { return }
        #expect(Paired.problem(ofNote: note, id) == nil)
      } catch let error as TadweenError where error.code == .artifactNotFound {}
    default:
      let found = try await store.filter(parts: [\.$left], limit: 3) { $0.generation >= 0 }
      #expect(found.allSatisfy { $0.left == Paired.content("left", $0.root.id, $0.root.generation, $0.root.size) })
    }
  }
}
