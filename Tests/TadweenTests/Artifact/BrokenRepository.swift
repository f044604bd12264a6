import Foundation
import Tadween
import TadweenTesting

/// A repository with one defect, for the contract to notice.
struct BrokenRepository: Repository {
  typealias Model = ContractArtifact

  enum Defect: CaseIterable {
    case keepsTheFirst, losesALongID, foldsCase, normalises, loadsEveryPart, replacesAllParts, keepsAbsentParts
    case forgetsDeletedParts, storesPartsOfNobody, knowsThreeTruths, readsPatterns, ordersNullsLast, ignoresOffset
    case ignoresLimit, countsParts, listsBackwards, keepsPartsOfTheDeleted, countsWhatIsAskedToGo, savesOneByOne
    case tearsArtifacts
    case losesTheLastPiece, ignoresAnEmptySource, writesPiecesOfNobody, showsHalfAPart, keepsHalfOfAFailedPart
    case takesColumnsBack, readsInOnePiece, mixesPieces, readsWhatIsAbsent, listsTwice, forgetsFiltersByID,
      listsUnordered
  }

  let defect: Defect
  private let base: InMemoryRepository<Model>
  private let graves = Locked<[ArtifactID: [String: ArtifactRecord.Content]]>([:])

  init(_ defect: Defect) throws {
    self.defect = defect
    base = try InMemoryRepository()
  }

  private func broken(_ id: ArtifactID) -> ArtifactID {
    let text: String? =
      switch defect {
      case .losesALongID: String(id.text.prefix(255))
      case .foldsCase: id.text.lowercased()
      case .normalises: id.text.precomposedStringWithCanonicalMapping
      default: nil
      }
    return text.flatMap { try? ArtifactID($0) } ?? id
  }

  func store(_ records: [ArtifactRecord]) async throws {
    var records = records
    for index in records.indices {
      records[index].id = broken(records[index].id)
      let id = records[index].id
      let known = try await base.presentParts(of: id)
      switch defect {
      case .keepsTheFirst: if known != nil { return }
      case .replacesAllParts:
        for part in ["text", "blob"] { records[index].parts[part] = records[index].parts[part] ?? .absent }
      case .keepsAbsentParts: records[index].parts = records[index].parts.filter { $0.value != .absent }
      case .keepsPartsOfTheDeleted:
        if known == nil { records[index].parts.merge(graves.withLock { $0[id] ?? [:] }) { a, _ in a } }
      case .tearsArtifacts:
        var root = records[index]
        root.parts = [:]
        try await base.store([root])
        await Task.yield()
        for (part, content) in records[index].parts { _ = try await base.storePart(part, content, of: id) }
        return
      default: break
      }
    }
    if defect == .savesOneByOne, let last = records.last { records = [last] }
    try await base.store(records)
  }

  private func broken(_ query: RepositoryQuery) -> RepositoryQuery {
    var query = query
    query.ids = query.ids?.map(broken)
    query.filter = broken(query.filter)
    if defect == .forgetsFiltersByID, query.ids != nil { query.filter = .all }
    if defect == .ignoresOffset { query.offset = 0 }
    if defect == .ignoresLimit { query.limit = nil }
    return query
  }

  private func broken(_ filter: ArtifactFilter) -> ArtifactFilter {
    switch filter {
    case .not(.compare(let column, let comparison, let literal)) where defect == .knowsThreeTruths:
      .not(.compare(column: column, comparison, literal)) && .not(.isNull(column: column))
    case .hasPrefix(let column, "t_o") where defect == .readsPatterns: .hasPrefix(column: column, "two")
    default: filter
    }
  }

  func records(_ query: RepositoryQuery, parts: Set<String>) async throws -> [ArtifactRecord] {
    let parts = defect == .loadsEveryPart ? ["text", "blob"] : parts
    let records = try await base.records(broken(query), parts: parts)
    guard defect == .ordersNullsLast, let order = query.order.first else { return records }
    return records.filter { $0.columns[order.column] != .null } + records.filter { $0.columns[order.column] == .null }
  }

  func ids(_ query: RepositoryQuery) async throws -> [ArtifactID] {
    var query = query
    if defect == .listsUnordered { query.order = [] }
    let ids = try await base.ids(broken(query))
    if defect == .listsTwice { return ids + ids }
    return defect == .listsBackwards ? ids.reversed() : ids
  }

  func count(_ filter: ArtifactFilter) async throws -> Int {
    let count = try await base.count(broken(filter))
    return defect == .countsParts ? count * 2 : count
  }

  func presentParts(of id: ArtifactID) async throws -> Set<String>? {
    let parts = try await base.presentParts(of: broken(id))
    return defect == .forgetsDeletedParts ? parts.map { _ in ["text", "blob"] } : parts
  }

  func storePart(_ part: String, _ content: ArtifactRecord.Content, of id: ArtifactID) async throws -> Bool {
    try await base.storePart(part, content, of: broken(id)) || defect == .storesPartsOfNobody
  }

  func storePart(
    _ part: String, from pieces: some AsyncSequence<Data, any Error> & Sendable, of id: ArtifactID
  ) async throws -> Bool {
    let id = broken(id)
    let before = try await base.records(RepositoryQuery(ids: [id]), parts: [])
    var all: [Data] = []
    var content: Data { all.reduce(Data(), +) }
    do {
      for try await piece in pieces {
        all.append(piece)
        if defect == .showsHalfAPart { _ = try await base.storePart(part, .bytes(content), of: id) }
      }
    } catch {
      if defect == .keepsHalfOfAFailedPart { _ = try await base.storePart(part, .bytes(content), of: id) }
      throw error
    }
    if defect == .losesTheLastPiece, all.count > 1 { all.removeLast() }
    if defect == .ignoresAnEmptySource, all.isEmpty { return true }
    if defect == .takesColumnsBack { try await base.store(before) }
    return try await base.storePart(part, .bytes(content), of: id) || defect == .writesPiecesOfNobody
  }

  func bytes(ofPart part: String, of id: ArtifactID) async throws -> PartBytes? {
    let id = broken(id)
    guard let bytes = try await base.bytes(ofPart: part, of: id) else {
      return defect == .readsWhatIsAbsent ? PartBytes(Data()) : nil
    }
    switch defect {
    case .readsInOnePiece:
      let data = try await bytes.reduce(into: Data()) { $0.append($1) }
      return PartBytes { $0 == 0 ? data : nil }
    case .mixesPieces:
      return PartBytes { [base] number in
        var pieces = try await base.bytes(ofPart: part, of: id)?.makeAsyncIterator()
        for _ in 0..<number { _ = try await pieces?.next() }
        return try await pieces?.next()
      }
    default: return bytes
    }
  }

  func remove(_ ids: [ArtifactID]) async throws -> Int {
    let ids = ids.map(broken)
    for record in try await base.records(RepositoryQuery(ids: ids), parts: ["text", "blob"]) {
      graves.withLock { $0[record.id] = record.parts }
    }
    let count = try await base.remove(ids)
    return defect == .countsWhatIsAskedToGo ? ids.count : count
  }
}
