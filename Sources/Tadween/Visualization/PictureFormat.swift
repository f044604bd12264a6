package import TadweenCore

/// The kinds of pictures, named by their file extensions.
package enum PictureFormat: String, CaseIterable, Sendable {
  case svg
  case png
  case pdf
  /// Graphviz's language.
  case dot
  /// Mermaid's language.
  case mmd

  /// The format that a path asks for, upper or lower case.
  package init(path: String) throws(TadweenError) {
    let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    // A file that is called `.svg` is a hidden one without an extension.
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex,
      let format = PictureFormat(rawValue: name[name.index(after: dot)...].lowercased())
    else { throw .unknownFormat(path) }
    self = format
  }
}
