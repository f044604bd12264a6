import Foundation

@testable import Tadween

/// A file system in memory that can lose power: what was not synced is then there or not, each thing for itself, and a file
/// that was not synced may have any part of its bytes.
final class LosingFileSystem: FileSystem {
  struct PowerLoss: Error {}

  private struct State {
    /// By the file's number: its bytes as read, and as on the disk.
    var contents: [Int: (read: Data, onDisk: Data)] = [:]
    /// By folder and name; -1 is a folder.
    var entries: [String: [String: Int]] = ["": ["disk": -1], "disk": [:]]
    var entriesOnDisk: [String: [String: Int]] = ["": ["disk": -1], "disk": [:]]
    var lastFile = 0
    var steps = 0
  }

  private let state: Locked<State>
  private let syncs: Bool
  /// The step at which the power goes; none after it does anything.
  private let end: Int
  /// A step that the system refuses, as where the disk is full; it goes on after that.
  private let refusal: Int?

  /// - Parameter syncs: False: it forgets to sync, as a repository would that did not ask.
  init(syncs: Bool = true, end: Int = .max, refusal: Int? = nil) {
    state = Locked(State())
    (self.syncs, self.end, self.refusal) = (syncs, end, refusal)
  }

  private init(_ state: State, syncs: Bool) {
    self.state = Locked(state)
    (self.syncs, end, refusal) = (syncs, .max, nil)
  }

  var steps: Int { state.withLock { $0.steps } }

  /// What is there when the power is back.
  func afterLoss(_ random: inout some RandomNumberGenerator) -> LosingFileSystem {
    var after = state.withLock { $0 }
    for (folder, entries) in after.entries.sorted(by: { $0.key < $1.key }) {
      let onDisk = after.entriesOnDisk[folder] ?? [:]
      var kept = onDisk
      for name in Set(entries.keys).union(onDisk.keys).sorted() where entries[name] != onDisk[name] {
        if Bool.random(using: &random) { kept[name] = entries[name] }
      }
      after.entries[folder] = kept
    }
    for (file, content) in after.contents.sorted(by: { $0.key < $1.key }) where content.read != content.onDisk {
      let part = content.read.prefix(Int.random(in: 0...content.read.count, using: &random))
      after.contents[file]?.read = Bool.random(using: &random) ? content.onDisk : Data(part)
    }
    after.entriesOnDisk = after.entries
    for file in after.contents.keys { after.contents[file]!.onDisk = after.contents[file]!.read }
    return LosingFileSystem(after, syncs: syncs)
  }

  private func step<Result>(_ body: (inout State) throws -> Result) throws -> Result {
    try state.withLock { state in
      state.steps += 1
      if state.steps >= end { throw PowerLoss() }
      if state.steps == refusal { throw FileError(operation: "written", path: "disk", reason: "no space is left") }
      return try body(&state)
    }
  }

  private func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  func makeFolder(_ path: String) throws {
    try step { state in
      let (folder, name) = split(path)
      if state.entries[folder]?[name] == nil { state.entries[folder]?[name] = -1 }
      if state.entries[path] == nil { (state.entries[path], state.entriesOnDisk[path]) = ([:], [:]) }
    }
  }

  /// Its steps are of their own, and the power may go before any of them.
  func makeFile(_ path: String) throws -> any NewFile {
    let (folder, name) = split(path)
    return try step { state in
      let file = state.entries[folder]?[name] ?? state.lastFile + 1
      state.lastFile = max(state.lastFile, file)
      state.entries[folder]?[name] = file
      state.contents[file] = (Data(), state.contents[file]?.onDisk ?? Data())
      return File(system: self, number: file)
    }
  }

  private struct File: NewFile, OpenFile {
    let system: LosingFileSystem
    let number: Int

    func append(_ data: Data) throws { try system.step { $0.contents[number]?.read.append(data) } }

    func finish() throws {
      try system.step { state in
        if system.syncs, let content = state.contents[number]?.read { state.contents[number]?.onDisk = content }
      }
    }

    func read(from offset: Int, atMost count: Int) -> Data {
      system.state.withLock { Data(($0.contents[number]?.read ?? Data()).dropFirst(offset).prefix(count)) }
    }
  }

  func renameFile(_ path: String, to other: String) throws {
    try step { state in
      let (from, to) = (split(path), split(other))
      guard let file = state.entries[from.folder]?.removeValue(forKey: from.name) else { throw PowerLoss() }
      state.entries[to.folder]?[to.name] = file
    }
  }

  func syncFolder(_ path: String) throws {
    let path = path.last == "/" ? String(path.dropLast()) : path
    try step { state in if syncs { state.entriesOnDisk[path] = state.entries[path] } }
  }

  func removeFile(_ path: String) throws {
    try step { state in
      let (folder, name) = split(path)
      state.entries[folder]?[name] = nil
    }
  }

  func removeFolder(_ path: String) {
    try? step { state in
      guard state.entries[path]?.isEmpty == true else { return }
      let (folder, name) = split(path)
      state.entries[folder]?[name] = nil
    }
  }

  private func reaches(_ path: String, _ state: State) -> Bool {
    if path.isEmpty { return true }
    let (folder, name) = split(path)
    return state.entries[folder]?[name] != nil && reaches(folder, state)
  }

  func read(_ path: String) throws -> Data? {
    state.withLock { state in
      let (folder, name) = split(path)
      guard reaches(path, state), let file = state.entries[folder]?[name] else { return nil }
      return state.contents[file]?.read
    }
  }

  func openFile(_ path: String) -> (any OpenFile)? {
    state.withLock { state in
      let (folder, name) = split(path)
      return reaches(path, state) ? state.entries[folder]?[name].map { File(system: self, number: $0) } : nil
    }
  }

  func names(in path: String) throws -> [String] {
    state.withLock { state in reaches(path, state) ? state.entries[path]?.keys.sorted() ?? [] : [] }
  }
}
