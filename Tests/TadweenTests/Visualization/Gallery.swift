import TadweenCore

@testable import Tadween

/// Graphs to draw.
enum Gallery {
  /// Every feature once: two entries, a choice, a condition, all needs, all rules, a failure link, nested maps.
  static func everything() throws -> WorkflowGraph {
    var draft = GraphDraft()
    draft.stages = [
      .init("download"), .init("upload"), .init("unpack", bound: 8), .init("classify"), .init("music"),
      .init("speech"), .init("split"), .init("recognise"), .init("words", keepsOutput: true), .init("spell"),
      .init("sentence"), .init("text"), .init("loudness"), .init("merge"), .init("mirror a"), .init("mirror b"),
      .init("mirror c"), .init("vote"), .init("alert", runsWhenCancelled: true),
    ]
    draft.entryPoint = "download"
    let unpack = draft.newJoin(.anySucceeded(cancelLosers: true))
    let merge = draft.newJoin()
    let vote = draft.newJoin(.quorum(2, cancelLosers: false))
    let choice = draft.newChoice()
    let chunks = draft.newMap()
    let letters = draft.newMap()
    draft.links = [
      .init("download", "unpack", join: unpack), .init("upload", "unpack", join: unpack),
      .init("unpack", "classify"),
      .init("unpack", "alert", kind: .failure),
      .init("classify", "music", isConditional: true, choice: choice),
      .init("classify", "speech", choice: choice),
      .init("classify", "loudness", isConditional: true),
      .init("speech", "split"),
      .init("split", "recognise", kind: .each(chunks)), .init("split", "words", kind: .each(chunks)),
      .init("words", "spell", kind: .each(letters)),
      .init("spell", "sentence", kind: .gather(.ifTaken)),
      .init("recognise", "text", kind: .gather(.atLeast(0.9))),
      .init("text", "merge", need: .ifTaken, join: merge, carriesInput: true),
      .init("music", "merge", need: .outcome, join: merge),
      .init("loudness", "merge", need: .ifTaken, join: merge),
      .init("merge", "mirror a"), .init("merge", "mirror b"), .init("merge", "mirror c"),
      .init("mirror a", "vote", join: vote), .init("mirror b", "vote", join: vote),
      .init("mirror c", "vote", join: vote),
    ]
    return try WorkflowGraph(draft)
  }

  /// One of each kind of arrow, few enough to read as text.
  static func small() throws -> WorkflowGraph {
    var draft = GraphDraft()
    draft.stages = ["split", "say \"hi\"", "book", "print", "archive", "alert"].map { .init($0) }
    let map = draft.newMap()
    let choice = draft.newChoice()
    let join = draft.newJoin()
    draft.links = [
      .init("split", "say \"hi\"", kind: .each(map)),
      .init("say \"hi\"", "book", kind: .gather(.all)),
      .init("book", "print", isConditional: true, choice: choice),
      .init("book", "archive", choice: choice),
      .init("print", "alert", need: .ifTaken, isConditional: true, join: join),
      .init("archive", "alert", kind: .failure, need: .outcome, join: join),
    ]
    return try WorkflowGraph(draft)
  }

  /// A line of stages with these names.
  static func chain(_ names: [String]) throws -> WorkflowGraph {
    var draft = GraphDraft()
    draft.stages = names.map { .init($0) }
    draft.links = zip(names, names.dropFirst()).map { .init($0, $1) }
    return try WorkflowGraph(draft)
  }

  /// Names that break a careless writer.
  static let hostileNames = [
    "say \"hi\"", "two\nlines", "brackets [](){}<>|", "back\\slash \\N \\n \\", "<b>bold</b> & <script>",
    "a &lt; b &#65;",
    "🎧 audio 👩‍👩‍👧‍👦", "end", "graph", "subgraph x", "1. fetch", "%%{init: {}}%%", "style:\"x#1;\"", "--> b", "`code`",
    "#quot;", "; digraph", "\u{0}\u{1}\u{7F}", "\u{202E}override", "تدوين الملفات الصوتية", "תמלול (שמע)", "文字起こし",
    "   ", "/* c */ // d", "\r\n", "$x^2$ $$x$$ _a_ *b*", "fa:fa-car",
    String(repeating: "long name ", count: 20), String(repeating: "x", count: 200),
  ]
}
