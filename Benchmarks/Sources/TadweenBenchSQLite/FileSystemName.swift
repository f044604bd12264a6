internal import Foundation

/// What a folder lies on, in the system's word: a file system in memory syncs nothing, and its figures say nothing.
enum FileSystemName {
  static func of(_ folder: URL) -> String {
    let (process, output) = (Process(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/stat")
    process.arguments = ["-f", "-c", "%T", folder.path]
    process.standardOutput = output
    process.standardError = Pipe()
    guard (try? process.run()) != nil else { return "unknown" }
    let name = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    return name.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
