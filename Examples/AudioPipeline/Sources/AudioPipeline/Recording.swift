import Foundation

/// A recording to be transcribed: what enters the pipeline.
struct Recording: Codable, Hashable, Sendable {
  /// What the table calls it: as it was named on the command line.
  var name: String
  /// Where its bytes are: `http:`, `https:` or `file:`.
  var location: URL

  /// A recording named by a file path or a URL.
  ///
  /// Whatever has no scheme that can be downloaded is a path, so `take:2.wav` is a file and no URL.
  init(_ argument: String) {
    name = argument
    if let url = URL(string: argument), let scheme = url.scheme?.lowercased(),
      ["http", "https", "file"].contains(scheme)
    {
      location = url
    } else {
      location = URL(fileURLWithPath: argument)
    }
  }

  /// A recording below a server's address.
  init(_ name: String, servedBy server: URL) {
    self.name = name
    location = server.appending(path: name)
  }

  /// The name that transcriptions know it by: the file's, without its ending.
  var identifier: String { location.deletingPathExtension().lastPathComponent }
}
