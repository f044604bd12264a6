internal import TadweenCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// The bytes of a part, a piece at a time.
///
/// ```swift
/// if let audio = try await recordings.readPart(\.$audio, of: id) {
///   for try await piece in audio { send(piece) }
/// }
/// ```
/// They are those of one moment: where the part is replaced or deleted before the end was read, a loop gets the old bytes
/// all the same, or throws `changedMeanwhile`, and never a mixture. Each loop begins anew. Between two pieces nothing is held
/// but, for a repository in files, the open file; and nothing at all once it is let go.
public struct PartBytes: AsyncSequence, Sendable {
  public typealias Element = Data
  public typealias Failure = any Error

  /// The length of a piece but the last: 1 MiB.
  public static let pieceLength = 1 << 20

  private let piece: @Sendable (_ number: Int) async throws -> Data?

  /// The bytes that a repository of your own reads.
  ///
  /// - Parameter piece: Reads the piece with this number, from 0; nil after the last. Make none longer than ``pieceLength``,
  ///   and throw `changedMeanwhile` where the bytes are no longer those of the first piece.
  public init(piece: @escaping @Sendable (_ number: Int) async throws -> Data?) { self.piece = piece }

  /// Bytes that are in memory.
  public init(_ data: Data) {
    self.init { number in
      let rest = data.dropFirst(number * Self.pieceLength)
      // Copied, for a slice would not begin at 0.
      return rest.isEmpty ? nil : Data(rest.prefix(Self.pieceLength))
    }
  }

  /// A file of yours, to be stored as a part. It is open until the sequence is let go, and read on the thread of whoever
  /// reads the sequence. Leave the file alone meanwhile: what changes in it is not noticed.
  ///
  /// - Throws: ``TadweenError`` with the code `invalidArgument` where the file cannot be opened.
  public init(file path: String) throws {
    guard let file = try naming(path, { try DiskFileSystem().openFile(path) }) else {
      throw TadweenError(.invalidArgument, "There is no file \"\(path)\" to be read.")
    }
    self.init(file) { body in try naming(path, body) }
  }

  /// A file that is open.
  init(_ file: any OpenFile, read: @escaping @Sendable (@Sendable () throws -> Data) async throws -> Data) {
    self.init { number in
      let piece = try await read { try file.read(from: number * Self.pieceLength, atMost: Self.pieceLength) }
      return piece.isEmpty ? nil : piece
    }
  }

  public func makeAsyncIterator() -> Iterator { Iterator(piece: piece) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let piece: @Sendable (_ number: Int) async throws -> Data?
    private var number = 0

    fileprivate init(piece: @escaping @Sendable (_ number: Int) async throws -> Data?) { self.piece = piece }

    public mutating func next() async throws -> Data? {
      try Task.checkCancellation()
      guard let next = try await piece(number) else { return nil }
      number += 1
      return next
    }
  }
}

private func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as FileError {
    throw TadweenError(.invalidArgument, "The file \"\(path)\" cannot be read: \(error).", underlying: error)
  }
}
