/// The stages that misspelt names were probably meant to be.
///
/// A look at every stage for every unknown name: enough for a few slips of the pen. Where hundreds of names are unknown
/// none is a slip, so after the first ``limit`` of them no more is suggested.
struct NameSuggestions {
  /// How many names are looked for.
  static let limit = 20

  /// By unknown name; links often repeat one.
  private var found: [String: String?] = [:]

  /// The stage whose name is nearest to this one; nil where none is near.
  mutating func nearest(to name: String, among stages: some Sequence<String>) -> String? {
    if let known = found[name] { return known }
    guard found.count < Self.limit else { return nil }
    let length = name.unicodeScalars.count
    let near = stages.lazy.compactMap { stage -> (edits: Int, stage: String)? in
      // A third of the letters: a longer way leads to another word. Every letter more or less is an edit.
      let other = stage.unicodeScalars.count
      let most = max(length, other) / 3
      guard abs(length - other) <= most else { return nil }
      let edits = editDistance(from: name, to: stage)
      return edits <= most ? (edits, stage) : nil
    }
    // Of two that are equally near, always the same.
    let nearest = near.min { $0 < $1 }?.stage
    found.updateValue(nearest, forKey: name)
    return nearest
  }
}
