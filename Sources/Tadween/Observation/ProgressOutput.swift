#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Where a ``ProgressDisplay`` writes.
public struct ProgressOutput: Sendable {
  /// The columns of the terminal; nil: it is none, and nothing is drawn. Asked again with every drawing.
  public var width: @Sendable () -> Int?
  /// Writes what changes.
  public var draw: @Sendable (String) -> Void
  /// Writes a line that stays.
  public var print: @Sendable (String) -> Void

  public init(
    width: @escaping @Sendable () -> Int?, draw: @escaping @Sendable (String) -> Void,
    print: @escaping @Sendable (String) -> Void
  ) {
    self.width = width
    self.draw = draw
    self.print = print
  }

  /// Draws on standard error, where that is a terminal, and prints to standard output.
  public static let standard = ProgressOutput(
    width: { width(of: STDERR_FILENO) }, draw: { _ = SystemFile.write($0, to: STDERR_FILENO) },
    print: { _ = SystemFile.write($0 + "\n", to: STDOUT_FILENO) })

  private static func width(of file: CInt) -> Int? {
    guard isatty(file) == 1 else { return nil }
    var size = winsize()
    // 0 columns is what a terminal says that does not know.
    guard unsafe ioctl(file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
