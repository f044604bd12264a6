/// What is on a disk that can lose power, and what of it is certain.
///
/// A file is what its readers see, what is on the disk for good, and what was done since: when the power goes, each of these
/// changes is there or not, for itself. A name is made or removed for good once its folder was synced.
struct DiskState {
  enum Change {
    case write(at: Int, [UInt8])
    case truncate(to: Int)
  }

  struct File {
    var role: DiskOperation.Role
    var live: [UInt8] = []
    var durable: [UInt8] = []
    var pending: [Change] = []
  }

  /// By the file's number.
  private(set) var files: [Int: File] = [:]
  private(set) var names: [String: Int] = [:]
  private(set) var durableNames: [String: Int] = [:]
  private var lastFile = 0
  var log: [DiskOperation] = []
  /// What was asked since the fault was set, by kind.
  var asked: [DiskOperation.Kind: Int] = [:]
  var fault: DiskFault? { didSet { asked = [:] } }
  var syncs = true
  /// The operation at which the power goes, counted as ``log`` is.
  var end = Int.max
  var isDark = false

  func number(of name: String) -> Int? { names[name] }

  mutating func make(_ name: String?, _ role: DiskOperation.Role) -> Int {
    lastFile += 1
    files[lastFile] = File(role: role)
    if let name { names[name] = lastFile }
    return lastFile
  }

  mutating func remove(_ name: String) {
    names[name] = nil
  }

  mutating func write(_ bytes: [UInt8], at offset: Int, to file: Int) {
    files[file]!.live.put(bytes[...], at: offset)
    files[file]!.pending.append(.write(at: offset, bytes))
  }

  mutating func truncate(_ file: Int, to size: Int) {
    files[file]!.live.cut(to: size)
    files[file]!.pending.append(.truncate(to: size))
  }

  mutating func sync(_ file: Int) {
    for change in files[file]!.pending { files[file]!.durable.apply(change) }
    files[file]!.pending = []
    // As every file system in use does: what is asked of a file that nobody can find is worth nothing.
    for (name, number) in names where number == file { durableNames[name] = number }
  }

  mutating func syncFolder() { durableNames = names }

  /// What is there when the power is back, by name.
  func afterLoss(_ random: inout some RandomNumberGenerator) -> [String: [UInt8]] {
    var kept = durableNames
    for name in Set(names.keys).union(kept.keys).sorted() where names[name] != kept[name] {
      if Bool.random(using: &random) { kept[name] = names[name] }
    }
    return kept.mapValues { number in
      var bytes = files[number]!.durable
      for change in files[number]!.pending { bytes.apply(change, torn: &random) }
      return bytes
    }
  }
}

extension [UInt8] {
  /// What a disk writes as a whole or not at all.
  private static var sector: Int { 512 }

  fileprivate mutating func put(_ bytes: ArraySlice<UInt8>, at offset: Int) {
    let end = offset + bytes.count
    if end > count { self += Self(repeating: 0, count: end - count) }
    unsafe withUnsafeMutableBytes { all in
      unsafe bytes.withUnsafeBytes {
        unsafe UnsafeMutableRawBufferPointer(rebasing: all[offset..<end]).copyMemory(from: $0)
      }
    }
  }

  fileprivate mutating func cut(to size: Int) {
    if size < count { removeSubrange(size...) } else { put([], at: size) }
  }

  fileprivate mutating func apply(_ change: DiskState.Change) {
    switch change {
    case .write(let offset, let bytes): put(bytes[...], at: offset)
    case .truncate(let size): cut(to: size)
    }
  }

  /// The change is done, or not, or some sectors of it. Of two writes to one place either may be left, so this reorders them too.
  fileprivate mutating func apply(_ change: DiskState.Change, torn random: inout some RandomNumberGenerator) {
    switch (change, Int.random(in: 0..<3, using: &random)) {
    case (_, 0): return
    case (.write(let offset, let bytes), 1):
      var start = 0
      while start < bytes.count {
        let end = Swift.min(bytes.count, start + Self.sector - (offset + start) % Self.sector)
        if Bool.random(using: &random) { put(bytes[start..<end], at: offset + start) }
        start = end
      }
    default: apply(change)
    }
  }
}
