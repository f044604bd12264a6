import Foundation
import TadweenSQLite

/// An artifact with a part that nobody wants in memory.
struct Tape: Artifact {
  struct Root: ArtifactRoot { var id: ArtifactID; var title = "" }
  var root: Root
  @Lazy var audio: Data?
  @Lazy var notes: Data?
  static let schema = ArtifactSchema<Self>({ Self(root: $0) }) {
    Column("title", \.title)
    Part("audio", \.$audio, coding: .bytes)
    Part("notes", \.$notes)
  }

  /// So many pieces, each full of its number.
  static func audio(pieces count: Int, _ before: @escaping @Sendable (Int) async throws -> Void = { _ in }) -> PartBytes
  {
    PartBytes { number in
      try await before(number)
      return number < count ? piece(number) : nil
    }
  }

  static func piece(_ number: Int) -> Data {
    Data(repeating: UInt8(truncatingIfNeeded: number), count: PartBytes.pieceLength)
  }
}
