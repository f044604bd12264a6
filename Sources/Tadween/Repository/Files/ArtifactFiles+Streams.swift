internal import TadweenCore

/// Parts that are written and read a piece at a time.
///
/// A part that is being written is a draft in a folder of its own, and moves to its artifact's when it is complete. What a
/// process left there that died is removed by the next one that opens the repository.
extension ArtifactFiles {
  // No id becomes such a name.
  private static let drafts = "@drafts"

  /// A part that is being written.
  struct Draft: Sendable {
    let path: String
    let name: String
    let file: any NewFile
  }

  func beginPart(_ part: String) throws -> Draft {
    try system.makeFolder(path([Self.drafts]))
    let name = Self.newName(part)
    let path = path([Self.drafts, name])
    return Draft(path: path, name: name, file: try system.makeFile(path))
  }

  /// Makes a draft the part of an artifact; false where there is none, and then the draft is removed.
  func storePart(_ part: String, _ draft: Draft, of id: ArtifactID) throws -> Bool {
    try draft.file.finish()
    try settle()
    guard var manifest = try manifest(of: id) else {
      try remove(draft)
      return false
    }
    let names = ArtifactFolder.names(of: id)
    try system.renameFile(draft.path, to: "\(path(names))/\(draft.name)")
    try system.syncFolder(path(names))
    manifest.parts[part] = Manifest.Part(file: draft.name, coding: coding(of: part))
    try commit([Change(folder: names, manifest: manifest)])
    return true
  }

  func remove(_ draft: Draft) throws { try system.removeFile(draft.path) }

  /// Removes all drafts, when nobody is writing any. What cannot be removed now is by the next who opens.
  func removeDrafts() {
    for name in (try? system.names(in: path([Self.drafts]))) ?? [] {
      try? system.removeFile(path([Self.drafts, name]))
    }
  }

  /// Opens a part's file; nil where there is no such artifact or part.
  func openPart(_ part: String, of id: ArtifactID) throws -> (any OpenFile)? {
    try settle()
    guard let manifest = try manifest(of: id), let path = try file(of: part, manifest, id) else { return nil }
    guard let file = try system.openFile(path) else { throw isGone(path, id) }
    return file
  }
}
