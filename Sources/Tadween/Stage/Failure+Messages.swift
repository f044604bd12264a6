internal import TadweenCore

extension Failure {
  /// What an error said, and what the errors beneath it said, outermost first.
  ///
  /// What the sentence above quotes already is not said again. Foundation's errors need nothing here: their own words
  /// hold what lies beneath them.
  static func messages(of error: any Error) -> [String] {
    var messages = [explain(error)]
    var next = (error as? TadweenError)?.underlying
    while let error = next {
      let message = explain(error)
      if let last = messages.last, !last.contains(message) { messages.append(message) }
      next = (error as? TadweenError)?.underlying
    }
    return messages
  }
}
