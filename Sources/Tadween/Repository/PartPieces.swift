#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Somebody's chunks, of whatever length, as pieces of ``PartBytes/pieceLength`` of which only the last may be shorter.
struct PartPieces<Chunks: AsyncSequence & Sendable>: AsyncSequence, Sendable where Chunks.Element: DataProtocol {
  typealias Element = Data
  typealias Failure = any Error

  let chunks: Chunks

  func makeAsyncIterator() -> Iterator { Iterator(chunks: chunks.makeAsyncIterator()) }

  struct Iterator: AsyncIteratorProtocol {
    fileprivate var chunks: Chunks.AsyncIterator
    /// What was taken and not yet given, from `start` on.
    private var buffer = Data()
    private var start = 0
    private var isAtEnd = false

    fileprivate init(chunks: Chunks.AsyncIterator) { self.chunks = chunks }

    mutating func next() async throws -> Data? {
      while buffer.count - start < PartBytes.pieceLength, !isAtEnd {
        try Task.checkCancellation()
        // Copied, for a slice would keep what was given.
        buffer = Data(buffer.dropFirst(start))
        start = 0
        if let chunk = try await chunks.next(isolation: #isolation) {
          buffer.append(contentsOf: chunk)
        } else {
          isAtEnd = true
          // A stream of Swift's ends where its reader is cancelled, and half of a part would look like a whole one.
          try Task.checkCancellation()
        }
      }
      let piece = Data(buffer.dropFirst(start).prefix(PartBytes.pieceLength))
      start += piece.count
      return piece.isEmpty ? nil : piece
    }
  }
}
