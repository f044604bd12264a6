import Foundation
import TadweenCore
import Testing

@testable import Tadween

@Suite("Rendering a picture to a file")
struct PictureRenderTests {
  let folder: Folder
  let picture: GraphPicture

  init() throws {
    folder = try Folder()
    picture = GraphPicture(of: try Gallery.everything(), name: "MyAudioPipeline")
  }

  /// The error that rendering ends with.
  private func failure(_ name: String, searchPath: String? = nil) async -> TadweenError? {
    await #expect(throws: TadweenError.self) {
      try await picture.render(to: folder.path(of: name), with: Graphviz(searchPath: searchPath))
    }
  }

  @Test("Every format that Graphviz draws is what it says", .enabled(if: dotIsInstalled), .timeLimit(.minutes(1)))
  func formats() async throws {
    for name in ["w.svg", "w.png", "w.pdf", "W.PNG"] { try await picture.render(to: folder.path(of: name)) }
    #expect(try folder.text(of: "w.svg").hasPrefix("<?xml"))
    #expect(try folder.text(of: "w.svg").contains("</svg>"))
    #expect(try folder.bytes(of: "w.png").starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
    #expect(try folder.bytes(of: "w.pdf").starts(with: Array("%PDF-".utf8)))
    #expect(try folder.names() == ["W.PNG", "w.pdf", "w.png", "w.svg"], "nothing else stays behind")
  }

  @Test("The texts need no tool")
  func texts() async throws {
    let without = Graphviz(searchPath: folder.path)
    try await picture.render(to: folder.path(of: "w.dot"), with: without)
    try await picture.render(to: folder.path(of: "w.mmd"), with: without)
    #expect(try folder.text(of: "w.dot") == picture.dot)
    #expect(try folder.text(of: "w.mmd") == picture.mermaid)
    #expect(try folder.names() == ["w.dot", "w.mmd"])
  }

  @Test("An unknown extension: the error lists the known ones", arguments: ["w.jpg", "w", "w.", ".svg", "a.svg/w"])
  func unknownFormat(name: String) async throws {
    let error = await failure(name)
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains(".svg, .png, .pdf, .dot, .mmd") == true)
    #expect(try folder.names() == [])
  }

  @Test("Without dot: the error says how to install it, and what works without", arguments: ["svg", "png", "pdf"])
  func missingTool(format: String) async throws {
    let error = await failure("w.\(format)", searchPath: folder.path)
    #expect(error?.code == .toolMissing)
    for words in ["apt-get install graphviz", "brew install graphviz", ".dot", ".mmd"] {
      #expect(error?.message.contains(words) == true)
    }
    #expect(try folder.names() == [])
  }

  @Test(
    "A dot that fails: what it said stands in the error, what was there stays", .timeLimit(.minutes(1)),
    arguments: [
      ("echo 'no fonts' >&2; exit 3", "ended with code 3:\nno fonts"),
      ("exit 3", "ended with code 3 and said nothing."),
      ("exit 0", "drew nothing"),
      ("kill -9 $$", "was ended by signal 9"),
      ("yes complaint >&2", "more than a megabyte of complaints"),
    ])
  func failingTool(script: String, words: String) async throws {
    try folder.writeFakeDot(script)
    try folder.write("before", to: "w.svg")
    let error = await failure("w.svg", searchPath: "\(folder.path):/usr/bin:/bin")
    #expect(error?.code == .visualizationFailed)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("w.svg") == true)
    #expect(try folder.text(of: "w.svg") == "before")
    #expect(try folder.names() == ["dot", "w.svg"])
  }

  @Test("A dot that reads nothing of a large picture does not take the process with it (SIGPIPE)")
  func deadTool() async throws {
    try folder.writeFakeDot("exit 1")
    let large = GraphPicture(of: try Gallery.chain((0..<5_000).map { "stage \($0)" }), name: "large")
    #expect(large.dot.utf8.count > 1 << 18, "more than a pipe holds")
    for _ in 0..<5 {
      await #expect(throws: TadweenError.self) {
        try await large.render(to: folder.path(of: "w.png"), with: Graphviz(searchPath: folder.path))
      }
    }
  }

  @Test("A cancelled task ends a dot that hangs, and leaves nothing behind", .timeLimit(.minutes(1)))
  func cancellation() async throws {
    try folder.writeFakeDot("exec sleep 600")
    let path = folder.path(of: "w.svg")
    let graphviz = Graphviz(searchPath: "\(folder.path):/usr/bin:/bin")
    let task = Task { [picture] in try await picture.render(to: path, with: graphviz) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try folder.names() == ["dot"])
  }

  @Test("A path that cannot be written: the error names it, before any drawing")
  func unwritable() async throws {
    try FileManager.default.createDirectory(atPath: folder.path(of: "folder.svg"), withIntermediateDirectories: true)
    try folder.write("", to: "file")
    for (name, reason) in [
      ("missing/w.dot", "its folder does not exist"), ("missing/w.svg", "its folder does not exist"),
      ("folder.svg", "a folder has that name"), ("file/w.mmd", "a part of its path is no folder"),
      ("a\0.dot", "its name holds a NUL character"),
      (String(repeating: "n", count: 300) + ".dot", "its name is too long"),
    ] {
      let error = await failure(name, searchPath: folder.path)
      #expect(error?.code == .visualizationFailed)
      #expect(error?.message.contains(name) == true)
      #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }
    #expect(try folder.names() == ["file", "folder.svg"])
  }

  @Test(
    "Odd paths are paths and no options", .enabled(if: dotIsInstalled),
    arguments: ["-o w.svg", "a b'c\"d.svg", "日本.svg"])
  func oddPaths(name: String) async throws {
    try await picture.render(to: folder.path(of: name))
    #expect(try folder.names() == [name])
  }
}
