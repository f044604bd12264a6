internal import TadweenCore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension ArtifactFiles {
  func records(_ query: RepositoryQuery, parts: Set<String>) throws -> [ArtifactRecord] {
    try select(query).map { record in
      var record = record
      guard let manifest = try manifest(of: record.id) else { return record }
      for part in parts { record.parts[part] = try content(of: part, manifest, record.id) }
      return record
    }
  }

  /// What is asked for, without parts.
  func select(_ query: RepositoryQuery) throws -> [ArtifactRecord] {
    var found: [ArtifactID: ArtifactRecord] = [:]
    for id in try query.ids ?? ids(below: []) {
      guard let manifest = try manifest(of: id) else { continue }
      found[id] = ArtifactRecord(
        id: id, columns: manifest.columns.mapValues(\.literal), eager: manifest.eager)
    }
    return query.select(found)
  }

  private func ids(below names: [String]) throws -> [ArtifactID] {
    try system.names(in: path(names)).flatMap { name in
      let names = names + [name]
      return ArtifactFolder.isBeginning(name) ? try ids(below: names) : ArtifactFolder.id(of: names).map { [$0] } ?? []
    }
  }

  private func content(of part: String, _ manifest: Manifest, _ id: ArtifactID) throws -> ArtifactRecord.Content {
    guard let stored = manifest.parts[part] else { return .absent }
    let coding = layout.parts.first { $0.name == part }?.coding ?? ""
    if stored.coding != coding {
      throw TadweenError(
        .corruptData,
        "\"\(part)\" of \"\(id)\" is coded as \(stored.coding) in \"\(root)\", and as \(coding) in the schema: give the part a new name, which keeps what is stored, or save it anew."
      )
    }
    guard let data = try system.read("\(path(ArtifactFolder.names(of: id)))/\(stored.file)") else {
      throw TadweenError(.corruptData, "The file \"\(stored.file)\" of \"\(id)\" is gone from \"\(root)\".")
    }
    return .bytes(data)
  }

  func manifest(of id: ArtifactID) throws -> Manifest? { try manifest(in: path(ArtifactFolder.names(of: id))) }

  func manifest(in folder: String) throws -> Manifest? {
    let path = "\(folder)/\(Manifest.name)"
    guard let data = try system.read(path) else { return nil }
    let manifest: Manifest
    do { manifest = try JSONDecoder().decode(Manifest.self, from: data) } catch {
      throw TadweenError(.corruptData, "\"\(path)\" is no manifest of an artifact: \(error)", underlying: error)
    }
    if manifest.version > Manifest.version {
      throw TadweenError(
        .repositoryFailed,
        "\"\(path)\" has version \(manifest.version), and this program knows \(Manifest.version): use a newer version of Tadween."
      )
    }
    return manifest
  }
}
