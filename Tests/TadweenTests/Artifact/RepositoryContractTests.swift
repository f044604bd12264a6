import TadweenTesting
import Testing

@testable import Tadween

@Suite struct RepositoryContractTests {
  @Test(arguments: RepositoryContract.Check.allCases)
  func inMemory(_ check: RepositoryContract.Check) async throws {
    try await RepositoryContract { try InMemoryRepository<ContractArtifact>() }.verify(check)
  }

  /// A contract that nobody has broken proves nothing.
  @Test(arguments: BrokenRepository.Defect.allCases)
  func aBrokenOneIsNoticed(_ defect: BrokenRepository.Defect) async throws {
    var noticed: [String] = []
    for check in RepositoryContract.Check.allCases {
      do {
        try await RepositoryContract { try BrokenRepository(defect) }.verify(check)
      } catch { noticed.append("\(error)") }
    }
    #expect(!noticed.isEmpty)
  }

  /// And so does a check that nobody has failed.
  @Test func everyCheckIsSeenToFail() async throws {
    var failed: Set<RepositoryContract.Check> = []
    for defect in BrokenRepository.Defect.allCases {
      for check in RepositoryContract.Check.allCases where !failed.contains(check) {
        do {
          try await RepositoryContract { try BrokenRepository(defect) }.verify(check)
        } catch is RepositoryContract.Failure { failed.insert(check) } catch {}
      }
    }
    #expect(failed == Set(RepositoryContract.Check.allCases))
  }
}
