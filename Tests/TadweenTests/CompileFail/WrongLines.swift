/// What the types of the public interface rule out.
extension WrongLine {
  static let all = links + joins + [bareMetadataKey]

  static let links: [WrongLine] = [
    WrongLine(
      "a link between different types",
      right: "try workflow.link(textToCount, to: countToCount)",
      wrong: "try workflow.link(textToCount, to: textToText)",
      says: "'StageReference<String, String>' to expected argument type 'StageReference<Int, String>'"),
    WrongLine(
      "a condition on another type than the output's",
      right: "try workflow.link(textToCount, to: countToCount, when: { (count: Int) in count > 0 })",
      wrong: "try workflow.link(textToCount, to: countToCount, when: { (text: String) in text.isEmpty })",
      says: "type '@Sendable (String) -> Bool' to expected argument type '@Sendable (Int) -> Bool'"),
    WrongLine(
      "a choice of a stage that takes something else",
      right: "try workflow.choose(from: textToCount, .when({ $0 > 9 }, countToCount), .otherwise(otherCount))",
      wrong: "try workflow.choose(from: textToCount, .when({ $0 > 9 }, countToCount), .otherwise(textToText))",
      says: "'StageReference<String, String>' to expected argument type 'StageReference<Int, String>'"),
    WrongLine(
      "a transform that makes something else than the target takes",
      right: "try workflow.link(textToBook, to: countToCount, transform: { book in book.chapters.count })",
      wrong: "try workflow.link(textToBook, to: countToCount, transform: { book in book.title })",
      says: "cannot convert value of type 'String' to closure result type 'Int'"),
    WrongLine(
      "a failure link to a stage that takes no failure",
      right: "try workflow.link(failureOf: textToCount, to: failureToText)",
      wrong: "try workflow.link(failureOf: textToCount, to: textToText)",
      says: "'StageReference<String, String>' to expected argument type 'StageReference<Failure, String>'"),
    WrongLine(
      "each of an output that is no array",
      right: "try workflow.link(textToTexts, toEach: textToCount)",
      wrong: "try workflow.link(textToText, toEach: textToCount)",
      says: "'StageReference<String, String>' to expected argument type 'StageReference<String, [String]>'"),
    WrongLine(
      "a handler that is shared and not Sendable",
      right: #"try workflow.addStage("model", instances: .perWorker { Model() })"#,
      wrong: #"try workflow.addStage("model", Model())"#,
      says: "type 'Model' does not conform to the 'Sendable' protocol"),
  ]

  static let joins: [WrongLine] = [
    WrongLine(
      "a gather into a stage that takes no array",
      right: "try workflow.gather(textToText, into: textsToText)",
      wrong: "try workflow.gather(textToText, into: textToCount)",
      says: "'StageReference<String, Int>' to expected argument type 'StageReference<[String], Int>'"),
    WrongLine(
      "a join that forgets that a parent may be skipped",
      right: "try workflow.join(textToText, textToCount.ifTaken, into: otherCount) { $0.count + ($1 ?? 0) }",
      wrong: "try workflow.join(textToText, textToCount.ifTaken, into: otherCount) { $0.count + $1 }",
      says: "cannot convert value of type 'Int?' to expected argument type 'Int'"),
    WrongLine(
      "a join that forgets that a parent may have failed",
      right: "try workflow.join(textToText, textToCount.outcome, into: otherCount) { $0.count + ($1.value ?? 0) }",
      wrong: "try workflow.join(textToText, textToCount.outcome, into: otherCount) { $0.count + $1 }",
      says: "cannot convert value of type 'Outcome<Int>' to expected argument type 'Int'"),
    WrongLine(
      "the first of two parents of different types",
      right: "try workflow.join(textToCount, countToCount, into: otherCount, .anySucceeded) { $0 }",
      wrong: "try workflow.join(textToCount, textToText, into: otherCount, .anySucceeded) { $0 }",
      says: "arguments to generic parameter 'Output' ('String' and 'Int') are expected to be equal"),
  ]

  static let bareMetadataKey = WrongLine(
    "a metadata key that is a bare string",
    right: #"_ = try await workflow.submit("text", metadata: [.tenant: "radio"])"#,
    wrong: #"_ = try await workflow.submit("text", metadata: ["tennant": "radio"])"#,
    says: "cannot convert value of type 'String' to expected dictionary key type 'MetadataKey'")
}
