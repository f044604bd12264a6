/// The colours of a picture, the same in every format.
///
/// Told apart by eyes that see no red or no green, too (after Paul Tol's schemes), and never the only sign: each colour
/// comes with a word, a shape or a kind of line.
enum PicturePalette {
  struct Paint {
    let fill: String
    let border: String
  }

  static let text = "#1B2733"
  static let quiet = "#52606D"
  static let line = "#44515E"
  static let condition = "#B35900"
  static let failure = "#CC3311"
  static let map = "#0067A5"

  static let stage = Paint(fill: "#FFFFFF", border: "#7B8794")
  static let entry = Paint(fill: "#D7F0EA", border: "#00806F")
  static let join = Paint(fill: "#E3ECFA", border: "#3367B5")
  static let sink = Paint(fill: "#ECEFF2", border: "#44515E")
  static let choice = Paint(fill: "#FFF0D9", border: "#B35900")

  /// A frame inside a frame is a shade darker than the one around it.
  static func frame(depth: Int) -> Paint {
    let fills = ["#F3F8FC", "#E6F0F8", "#D8E7F3"]
    return Paint(fill: fills[min(depth, fills.count - 1)], border: "#9DBBD3")
  }

  /// An entry is an entry first, whatever else it is.
  static func paint(for kind: GraphPicture.Node.Kind) -> Paint {
    switch kind {
    case .choice: choice
    case .stage(let roles) where roles.contains(.entry): entry
    case .stage(let roles) where roles.contains(.join): join
    case .stage(let roles) where roles.contains(.sink): sink
    case .stage: stage
    }
  }
}
