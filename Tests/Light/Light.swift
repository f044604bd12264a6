import Tadween

/// The smallest useful program: two stages, one run.
@main struct Light {
  static func main() async throws {
    let workflow = Workflow(name: "light", broker: .inMemory)
    let count = try workflow.addStage("count") { (text: String) in text.count }
    let double = try workflow.addStage("double") { (number: Int) in number * 2 }
    try workflow.link(count, to: double)
    try await workflow.build()
    print(try await workflow.submit("tadween", to: count).output(of: double))
    try await workflow.close()
  }
}
