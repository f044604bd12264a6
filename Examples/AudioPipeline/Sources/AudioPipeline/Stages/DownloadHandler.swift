import Foundation
import Tadween

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A recording with the bytes of its file, whatever they are.
struct AudioFile: Codable, Sendable {
  var recording: Recording
  /// `Data`, and no array: stored as one text, where an array would be a number a byte.
  var bytes: Data
}

/// Fetches a recording's bytes over HTTP, or from the disk where its location is a file.
struct DownloadHandler: Handler {
  func run(_ recording: Recording, context: HandlerContext) async throws -> AudioFile {
    AudioFile(recording: recording, bytes: try await bytes(at: recording.location))
  }

  func bytes(at location: URL) async throws -> Data {
    switch location.scheme?.lowercased() {
    case "http", "https": try await fetch(location)
    case "file": try read(location)
    case let scheme: throw DownloadError("\(scheme ?? "this"): is not supported, only http:, https: and file: are")
    }
  }

  private func read(_ file: URL) throws -> Data {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: file.path) else {
      throw DownloadError("there is no file at this path")
    }
    guard attributes[.type] as? FileAttributeType != .typeDirectory else {
      throw DownloadError("this path is a folder, not a recording")
    }
    do {
      return try Data(contentsOf: file)
    } catch {
      throw DownloadError("the file cannot be read: \(error.localizedDescription)")
    }
  }

  private func fetch(_ url: URL) async throws -> Data {
    let data: Data
    let response: URLResponse
    do {
      (data, response) = try await URLSession.shared.data(from: url)
    } catch {
      throw DownloadError(
        "\(url.host() ?? "the server") gave no answer: \(error.localizedDescription)", mayPass: true)
    }
    // To URLSession an answer is an answer: a page that says "not found" is no error until we say so.
    if let status = (response as? HTTPURLResponse)?.statusCode, !(200..<300).contains(status) {
      throw DownloadError(
        "HTTP \(status) \(HTTPURLResponse.localizedString(forStatusCode: status))",
        mayPass: status == 429 || status >= 500)
    }
    return data
  }
}

/// Why a recording's bytes could not be had, as a sentence for its row in the table.
struct DownloadError: Error, CustomStringConvertible {
  var description: String
  /// Whether another attempt may have what this one had not: a server closes a connection that was idle, or is busy.
  var mayPass: Bool

  init(_ description: String, mayPass: Bool = false) {
    self.description = description
    self.mayPass = mayPass
  }
}

extension RetryPolicy {
  /// Three attempts at what may pass.
  static let download = custom { situation in
    guard situation.attempt < 3, let error = situation.error as? DownloadError, error.mayPass else { return .fail }
    return .retry(after: .milliseconds(250 * situation.attempt))
  }
}
