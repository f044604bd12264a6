import Foundation

/// The terminal: lines that stay, on standard output, and below them one that changes, on standard error.
///
/// An actor, because rows and progress arrive from different tasks and must not be written into each other. Where
/// standard error is no terminal there is no line that changes, so that a log holds one line a recording.
actor Console {
  nonisolated let isLive = isatty(STDERR_FILENO) == 1
  private var status = ""

  func print(_ line: String) {
    erase()
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
    draw()
  }

  /// Something on the side, which does not belong in the results: it goes to standard error.
  func note(_ line: String) {
    erase()
    FileHandle.standardError.write(Data((line + "\n").utf8))
    draw()
  }

  /// Replaces the line that changes; an empty text takes it away.
  func show(status: String) {
    guard isLive else { return }
    erase()
    self.status = status
    draw()
  }

  private func erase() {
    if !status.isEmpty { FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8)) }
  }

  private func draw() {
    if !status.isEmpty { FileHandle.standardError.write(Data(status.utf8)) }
  }
}
