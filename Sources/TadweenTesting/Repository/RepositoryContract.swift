public import Tadween

/// What every `Repository` promises, as checks to run against your own.
///
/// It uses no testing library: a check that fails throws. With Swift Testing, for instance:
/// ```swift
/// @Test(arguments: RepositoryContract.Check.allCases)
/// func keepsItsPromise(_ check: RepositoryContract.Check) async throws {
///   try await RepositoryContract { try MyRepository<ContractArtifact>() }.verify(check)
/// }
/// ```
/// What survives a process, a crash or a full disk is not asked here, for no repository in memory does.
public struct RepositoryContract: Sendable {
  /// One promise.
  public enum Check: String, CaseIterable, Hashable, Sendable {
    /// What is loaded is what was saved, whatever the values; a second save takes the place of the first.
    case keepsWhatIsSaved
    /// Any id that is one is kept apart from all others: by case, by how its accents are written, with slashes and dots.
    case keepsIDsApart
    /// The parts that are asked for are loaded, and no other.
    case loadsThePartsAskedFor
    /// A save touches no part that is not loaded, and deletes one that is absent.
    case leavesOtherPartsAlone
    /// A part is stored, read and deleted alone, and only of an artifact that is there.
    case storesPartsAlone
    /// A part that comes in chunks is stored as it would be at once, and only of an artifact that is there.
    case writesPartsInPieces
    /// Until the last chunk has come a part is what it was, and stays so where the source throws or the task is cancelled.
    case keepsAPartUntilItsLastPiece
    /// A part is read in pieces of bounded length, which are all of one moment, whatever is written meanwhile.
    case readsPartsInPieces
    /// A stream of all that match gives each once, in order, whatever is saved and deleted meanwhile.
    case streamsAll
    /// Filters mean what they say for columns of every type; a null is less than nothing and equal to nothing.
    case filtersByColumns
    /// Orders by columns, then by the ids' bytes; limits and offsets come after that.
    case ordersAndLimits
    /// Counts, lists and knows what there is.
    case countsAndLists
    /// What is deleted is gone with its parts, also where another takes its place.
    case deletesWithParts
    /// Many are saved at once, and the last of the same id counts.
    case savesMany
    /// Tasks that save, change and delete at the same moment find every artifact whole.
    case servesManyTasks
  }

  /// A promise that was not kept.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public let check: Check
    /// What was seen, as a sentence.
    public let reason: String

    public var description: String { "\(check.rawValue): \(reason)" }
  }

  /// Makes an empty repository; called once a check.
  public let makeRepository: @Sendable () async throws -> any Repository<ContractArtifact>

  public init(makeRepository: @escaping @Sendable () async throws -> any Repository<ContractArtifact>) {
    self.makeRepository = makeRepository
  }

  /// Runs one check.
  ///
  /// - Throws: ``Failure`` if the promise is not kept; whatever the repository throws.
  public func verify(_ check: Check) async throws {
    try await RepositoryTrial(check: check).verify(try await makeRepository())
  }

  /// Runs all checks, one after the other.
  ///
  /// - Returns: the promises that were not kept; empty if all is well.
  /// - Throws: whatever the repository throws.
  public func verifyAll() async throws -> [Failure] {
    var failures: [Failure] = []
    for check in Check.allCases {
      do { try await verify(check) } catch let failure as Failure { failures.append(failure) }
    }
    return failures
  }
}

/// One check, under way.
struct RepositoryTrial {
  let check: RepositoryContract.Check

  func verify(_ repository: some Repository<ContractArtifact>) async throws {
    switch check {
    case .keepsWhatIsSaved: try await keepsWhatIsSaved(repository)
    case .keepsIDsApart: try await keepsIDsApart(repository)
    case .loadsThePartsAskedFor: try await loadsThePartsAskedFor(repository)
    case .leavesOtherPartsAlone: try await leavesOtherPartsAlone(repository)
    case .storesPartsAlone: try await storesPartsAlone(repository)
    case .writesPartsInPieces: try await writesPartsInPieces(repository)
    case .keepsAPartUntilItsLastPiece: try await keepsAPartUntilItsLastPiece(repository)
    case .readsPartsInPieces: try await readsPartsInPieces(repository)
    case .streamsAll: try await streamsAll(repository)
    case .filtersByColumns: try await filtersByColumns(repository)
    case .ordersAndLimits: try await ordersAndLimits(repository)
    case .countsAndLists: try await countsAndLists(repository)
    case .deletesWithParts: try await deletesWithParts(repository)
    case .savesMany: try await savesMany(repository)
    case .servesManyTasks: try await servesManyTasks(repository)
    }
  }

  func require(_ isKept: Bool, _ reason: @autoclosure () -> String) throws {
    if !isKept { throw RepositoryContract.Failure(check: check, reason: reason()) }
  }

  /// Two values have to be the same.
  func expect<Value: Equatable>(_ seen: Value, _ wanted: Value, _ what: @autoclosure () -> String) throws {
    try require(seen == wanted, "\(what()) is \(seen), and should be \(wanted).")
  }
}
