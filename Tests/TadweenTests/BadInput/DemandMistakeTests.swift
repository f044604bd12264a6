import Tadween
import Testing

/// Demands that could never be met, or that could have two runs wait for each other for ever (rule R15).
@Suite(.timeLimit(.minutes(1))) struct DemandMistakeTests {
  @Test(
    arguments: [
      (["cuda": 3], "3 of \"cuda\", of which there are only 2", "demand no more"),
      (["gpu": 1], "\"gpu\", and the workflow has only \"cuda\"", "mend the name"),
      (["cuda": 0], "0 of \"cuda\"", "at least 1"), (["cuda": -1], "-1 of \"cuda\"", "at least 1"),
      (["cuda": .run(3)], "3 of \"cuda\", of which there are only 2", "demand no more"),
    ] as [(Demands, String, String)]
  )
  func whatCanNeverBeHadIsRefused(_ demands: Demands, _ words: String, _ remedy: String) async throws {
    let (issues, text) = try await mistakes(resources: ["cuda": 2]) { workflow in
      try workflow.pass("asr", Int.self, options: .init(demands: demands))
    }
    #expect(issues.count == 1 && text.contains("\"demands\" of stage \"asr\""))
    #expect(text.contains(words) && text.contains(remedy), "\(text)")
  }

  @Test func aWorkflowWithoutResourcesHasNoneToDemand() async throws {
    let (issues, text) = try await mistakes { workflow in
      try workflow.pass("asr", Int.self, options: .init(demands: ["cuda": 1]))
    }
    #expect(issues.count == 1 && text.contains("\"asr\"") && text.contains("\"cuda\""))
    #expect(text.contains("give it some with resources:"), "\(text)")
  }

  @Test(arguments: [0, -2]) func aResourceWithoutUnitsIsRefused(_ units: Int) async throws {
    let (issues, text) = try await mistakes(resources: ["cuda": .init(units: units)]) { workflow in
      try workflow.pass("asr", Int.self)
    }
    #expect(issues.count == 1 && text.contains("\"cuda\"") && text.contains("\(units) units; use at least 1"))
  }

  @Test func twoUnitsOfOneNameAreRefused() async throws {
    let (issues, text) = try await mistakes(resources: ["cuda": ["cuda:0", "cuda:0"]]) { workflow in
      try workflow.pass("asr", Int.self)
    }
    #expect(issues.count == 1 && text.contains("\"cuda\"") && text.contains("one name"))
  }

  @Test func unitsForARunAreDemandedOutsideMaps() async throws {
    let (issues, text) = try await mistakes(resources: ["stash": 4]) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let page = try workflow.pass("page", Int.self, options: .init(demands: ["stash": .run(1)]))
      try workflow.link(split, toEach: page)
    }
    #expect(issues.count == 1 && text.contains("\"page\""))
    #expect(text.contains("lies in a map") && text.contains("demand them above it"), "\(text)")
  }

  @Test func unitsForARunAreDemandedByOneStage() async throws {
    let (issues, text) = try await mistakes(resources: ["stash": 4, "disk": 4]) { workflow in
      let load = try workflow.pass("load", Int.self, options: .init(demands: ["stash": .run(1)]))
      let store = try workflow.pass("store", Int.self, options: .init(demands: ["disk": .run(1)]))
      try workflow.link(load, to: store)
    }
    #expect(issues == [.runUnitsOfSeveralStages(["load", "store"])])
    #expect(text.contains("\"load\", \"store\"") && text.contains("demand them all at one stage"), "\(text)")
  }

  @Test func aResourceIsHeldForRunsOrForAttempts() async throws {
    let (issues, text) = try await mistakes(resources: ["stash": 4]) { workflow in
      let load = try workflow.pass("load", Int.self, options: .init(demands: ["stash": .run(1)]))
      let work = try workflow.pass("work", Int.self, options: .init(demands: ["stash": 1]))
      try workflow.link(load, to: work)
    }
    #expect(issues.count == 1 && text.contains("\"load\"") && text.contains("\"work\""))
    #expect(text.contains("use two resources"), "\(text)")
  }
}
