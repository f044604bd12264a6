internal import TadweenCore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension ArtifactFiles {
  func records(_ query: RepositoryQuery, parts: Set<String>) throws -> [ArtifactRecord] {
    try settle()
    var manifests: [ArtifactID: Manifest] = [:]
    for id in try query.ids ?? ids(below: []) { manifests[id] = try manifest(of: id) }
    let records = manifests.map { id, manifest in
      (id, ArtifactRecord(id: id, columns: manifest.columns.mapValues(\.literal), eager: manifest.eager))
    }
    return try query.select(Dictionary(uniqueKeysWithValues: records)).map { record in
      var record = record
      guard let manifest = manifests[record.id] else { return record }
      for part in parts { record.parts[part] = try content(of: part, manifest, record.id) }
      return record
    }
  }

  /// The names of an artifact's parts; nil where there is no such artifact.
  func presentParts(of id: ArtifactID) throws -> Set<String>? {
    try settle()
    return try manifest(of: id).map { Set(layout.parts.map(\.name)).intersection($0.parts.keys) }
  }

  private func ids(below names: [String]) throws -> [ArtifactID] {
    try system.names(in: path(names)).flatMap { name in
      let names = names + [name]
      return ArtifactFolder.isBeginning(name) ? try ids(below: names) : ArtifactFolder.id(of: names).map { [$0] } ?? []
    }
  }

  private func content(of part: String, _ manifest: Manifest, _ id: ArtifactID) throws -> ArtifactRecord.Content {
    guard let path = try file(of: part, manifest, id) else { return .absent }
    guard let data = try system.read(path) else { throw isGone(path, id) }
    return .bytes(data)
  }

  /// The path of a part's file; nil where the part is absent.
  func file(of part: String, _ manifest: Manifest, _ id: ArtifactID) throws -> String? {
    guard let stored = manifest.parts[part] else { return nil }
    let coding = coding(of: part)
    if stored.coding != coding {
      throw TadweenError(
        .corruptData,
        "\"\(part)\" of \"\(id)\" is coded as \(stored.coding) in \"\(root)\", and as \(coding) in the schema: give the part a new name, which keeps what is stored, or save it anew."
      )
    }
    return "\(path(ArtifactFolder.names(of: id)))/\(stored.file)"
  }

  func isGone(_ path: String, _ id: ArtifactID) -> TadweenError {
    TadweenError(.corruptData, "The file \"\(path)\" of \"\(id)\" is gone: save the part anew, or delete it.")
  }

  func manifest(of id: ArtifactID) throws -> Manifest? { try manifest(in: path(ArtifactFolder.names(of: id))) }

  func manifest(in folder: String) throws -> Manifest? {
    let path = "\(folder)/\(Manifest.name)"
    guard let manifest = try decoded(Manifest.self, at: path) else { return nil }
    if manifest.version > Manifest.version {
      throw TadweenError(
        .repositoryFailed,
        "\"\(path)\" has version \(manifest.version), and this program knows \(Manifest.version): use a newer version of Tadween."
      )
    }
    return manifest
  }

  /// What a file of the repository's own holds; nil where there is none.
  func decoded<Value: Decodable>(_ type: Value.Type, at path: String) throws -> Value? {
    guard let data = try system.read(path) else { return nil }
    do { return try JSONDecoder().decode(type, from: data) } catch {
      throw TadweenError(
        .corruptData, "\"\(path)\" was not written by a repository, or was changed: \(error)", underlying: error)
    }
  }
}
