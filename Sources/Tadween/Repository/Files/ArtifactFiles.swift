internal import TadweenCore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Artifacts in a folder: one folder an artifact, with its manifest and a file a part.
///
/// A file is never changed. A save writes new files beside the old, syncs them, and then puts a new manifest in the old one's
/// place by a rename, which is the one moment at which anything is different. Several artifacts change at once by a journal
/// of their manifests: once it is there they are put in place, by whoever opens the folder next if need be. What a save that
/// was cut leaves behind is removed by the next save of that artifact.
struct ArtifactFiles: Sendable {
  // No id becomes such a name.
  static let journal = "@journal.json"

  let root: String
  let system: any FileSystem
  let layout: ArtifactLayout

  /// One artifact's place in the journal.
  struct Change: Codable {
    /// From the folder of the repository.
    let folder: [String]
    /// The new manifest; nil: the artifact is removed.
    let manifest: Manifest?
  }

  /// Makes the folder, for good.
  func makeRoot() throws {
    try system.makeFolder(root)
    try system.syncFolder(root.lastIndex(of: "/").map { String(root[...$0]) } ?? ".")
  }

  /// Does what a journal says that was left there, by a process that died or by a call that the system failed in the middle.
  /// Nothing is read or written before: what it says is decided.
  func settle() throws {
    guard let changes = try decoded([Change].self, at: "\(root)/\(Self.journal)") else { return }
    try perform(changes)
    try endJournal()
  }

  func path(_ folder: [String]) -> String { ([root] + folder).joined(separator: "/") }

  func store(_ records: [ArtifactRecord]) throws {
    try settle()
    // The last of the same id counts.
    var last: [ArtifactID: ArtifactRecord] = [:]
    for record in records {
      let parts = (last[record.id]?.parts ?? [:]).merging(record.parts) { $1 }
      last[record.id] = record
      last[record.id]?.parts = parts
    }
    let changes = try tidying(Array(last.keys)) {
      try last.values.sorted { $0.id < $1.id }.map { record in
        let known = try manifest(of: record.id)
        var next = known ?? Manifest(columns: [:], eager: [:], parts: [:])
        // What the schema does not name any more is kept.
        for column in layout.columns {
          next.columns[column.name] = record.columns[column.name].flatMap(StoredLiteral.init)
        }
        for eager in layout.eager { next.eager[eager.name] = record.eager[eager.name] }
        return try prepare(next, record.parts, of: record.id)
      }
    }
    try commit(changes)
  }

  func storePart(_ part: String, _ content: ArtifactRecord.Content, of id: ArtifactID) throws -> Bool {
    try settle()
    guard let manifest = try manifest(of: id) else { return false }
    try commit([try tidying([id]) { try prepare(manifest, [part: content], of: id) }])
    return true
  }

  func remove(_ ids: [ArtifactID]) throws -> Int {
    try settle()
    let there = try Set(ids).sorted().filter { try manifest(of: $0) != nil }
    try commit(there.map { Change(folder: ArtifactFolder.names(of: $0), manifest: nil) })
    return there.count
  }

  /// Prepares changes. Where it fails, what it wrote is removed, for a disk that was full would stay so.
  private func tidying<Result>(_ ids: [ArtifactID], _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch {
      for id in ids { try? tidy(ArtifactFolder.names(of: id)) }
      throw error
    }
  }

  /// Writes the parts that are new, and names them in the manifest.
  private func prepare(
    _ manifest: Manifest, _ parts: [String: ArtifactRecord.Content], of id: ArtifactID
  ) throws -> Change {
    var manifest = manifest
    let names = ArtifactFolder.names(of: id)
    let folder = path(names)
    for depth in 1...names.count { try system.makeFolder(path(Array(names.prefix(depth)))) }
    for (part, content) in parts {
      switch content {
      case .absent: manifest.parts[part] = nil
      case .bytes(let data):
        let file = Self.newName(part)
        try system.writeFile(data, to: "\(folder)/\(file)")
        manifest.parts[part] = Manifest.Part(file: file, coding: coding(of: part))
      }
    }
    // The files' names, and those of the folders on the way to them.
    for depth in stride(from: names.count, through: 0, by: -1) {
      try system.syncFolder(path(Array(names.prefix(depth))))
    }
    return Change(folder: names, manifest: manifest)
  }

  /// A name for a part's file that no other has.
  static func newName(_ part: String) -> String { "\(part).\(String(UInt64.random(in: 0...UInt64.max), radix: 36))" }

  func coding(of part: String) -> String { layout.parts.first { $0.name == part }?.coding ?? "" }

  func commit(_ changes: [Change]) throws {
    if changes.count > 1 {
      let draft = "\(root)/\(Self.journal).new"
      try system.writeFile(try JSONEncoder().encode(changes), to: draft)
      try system.renameFile(draft, to: "\(root)/\(Self.journal)")
      try system.syncFolder(root)
    }
    try perform(changes)
    if changes.count > 1 { try endJournal() }
    // It is done; what cannot be tidied away now is by the next save.
    for change in changes { try? tidy(change.folder) }
  }

  /// Does what may have been done before.
  private func perform(_ changes: [Change]) throws {
    for change in changes {
      let folder = path(change.folder)
      if let manifest = change.manifest {
        let draft = "\(folder)/\(Manifest.name).new"
        try system.writeFile(try JSONEncoder().encode(manifest), to: draft)
        try system.renameFile(draft, to: "\(folder)/\(Manifest.name)")
      } else {
        try system.removeFile("\(folder)/\(Manifest.name)")
      }
      try system.syncFolder(folder)
    }
  }

  private func endJournal() throws {
    try system.removeFile("\(root)/\(Self.journal)")
    try system.syncFolder(root)
  }

  /// Removes what the manifest does not name: parts of before, and what a save left that was cut.
  private func tidy(_ names: [String]) throws {
    let folder = path(names)
    let manifest = try manifest(in: folder)
    let kept = Set((manifest?.parts.values.map(\.file) ?? []) + (manifest == nil ? [] : [Manifest.name]))
    for name in try system.names(in: folder) where !kept.contains(name) && !ArtifactFolder.isBeginning(name) {
      try system.removeFile("\(folder)/\(name)")
    }
    if manifest != nil { return }
    for depth in stride(from: names.count, to: 0, by: -1) { system.removeFolder(path(Array(names.prefix(depth)))) }
  }
}
