import DurabilityTesting
import Tadween

extension DiskFault.Answer {
  /// Whether an error says what the disk answered, of which file, and what to do.
  func isSaid(by error: any Error, of path: String) -> Bool {
    guard let error = error as? TadweenError else { return false }
    let words =
      self == .full
      ? ["the disk is full; nothing was stored: make room"]
      : ["see whether its disk is sound", "see whether its folder"]
    return error.code == .repositoryFailed && error.message.contains("\"\(path)\"")
      && words.contains(where: error.message.contains)
  }
}
