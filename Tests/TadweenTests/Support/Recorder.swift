import Logging
import Tadween

/// Keeps what is logged.
struct Recorder: LogHandler {
  struct Entry: Sendable {
    let level: Logger.Level
    let message: String
    let metadata: Logger.Metadata
  }

  final class Log: Sendable {
    private let state = Locked([Entry]())
    var entries: [Entry] { state.withLock { $0 } }
    func append(_ entry: Entry) { state.withLock { $0.append(entry) } }
    func messages(at level: Logger.Level) -> [String] { entries.filter { $0.level == level }.map(\.message) }
  }

  let log: Log
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  init(_ log: Log) { self.log = log }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    log.append(
      Entry(
        level: event.level, message: "\(event.message)",
        metadata: metadata.merging(event.metadata ?? [:]) { _, new in new }))
  }
}

extension Logger {
  /// A logger that tells nobody.
  static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

  /// A logger that writes into this log.
  static func recording(_ log: Recorder.Log) -> Logger { Logger(label: "test") { _ in Recorder(log) } }
}
