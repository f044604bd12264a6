package import TadweenCore

/// A workflow as boxes and arrows, before any drawing language.
///
/// The picture decides *what* a reader sees: which boxes there are, what is written in them, how arrows differ. The
/// writers (``dot`` and ``mermaid``) only decide how to say that in their language, so that both show the same things.
///
/// ```swift
/// let picture = GraphPicture(of: graph, name: "MyAudioPipeline")
/// try await picture.render(to: "workflow.svg")
/// ```
///
/// Ids are made up (`s0`, `c0`, `m0`) and never come from a stage's name: a name may hold anything.
package struct GraphPicture: Sendable {
  /// A box.
  package struct Node: Sendable {
    package enum Kind: Hashable, Sendable {
      case stage(Roles)
      /// The place where one arm of several is taken.
      case choice
    }

    package let id: String
    package let kind: Kind
    /// The stage's whole name; empty for a choice.
    package let name: String
    /// What the stage is in the graph: `entry`, `join · waits for all 2`.
    package let notes: [String]
    /// Handler, policy and limits.
    package let details: [String]
    /// The cluster it lies in: a position in ``GraphPicture/clusters``.
    package let cluster: Int?
  }

  /// What a stage is in the graph. A stage can be several of these at once.
  package struct Roles: OptionSet, Hashable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Submissions begin here.
    package static let entry = Roles(rawValue: 1)
    /// It has several parents, and a rule that says when it fires.
    package static let join = Roles(rawValue: 2)
    /// Its output goes nowhere else: it is what the run is for.
    package static let sink = Roles(rawValue: 4)
  }

  /// An arrow.
  package struct Edge: Sendable {
    package enum Kind: Hashable, Sendable {
      case value
      /// One arm of a choice, from the choice's own box.
      case arm
      case failure
      /// From one output to many activations.
      case each
      /// From many activations to one.
      case gather
    }

    package let source: String
    package let target: String
    package let kind: Kind
    /// Whether a `when:` may turn it down.
    package let isConditional: Bool
    package let need: Need
    /// Everything above in words, as colour and line alone do not reach every reader. Empty for a plain link.
    package let label: String
  }

  /// The frame around what runs once an item.
  package struct Cluster: Sendable {
    package let id: String
    /// The stage whose output is split.
    package let source: String
    /// The cluster around it.
    package let parent: Int?
    /// How many clusters lie around it.
    package let depth: Int
  }

  package let name: String
  /// What holds for the workflow as a whole.
  package let notes: [String]
  package let nodes: [Node]
  package let edges: [Edge]
  package let clusters: [Cluster]

  /// What stands directly in one frame.
  struct Contents {
    var nodes: [Node] = []
    /// Positions in ``GraphPicture/clusters``.
    var clusters: [Int] = []
  }

  /// By frame; what stands in none is under nil.
  var contents: [Int?: Contents] {
    var contents: [Int?: Contents] = [:]
    for node in nodes { contents[node.cluster, default: Contents()].nodes.append(node) }
    for index in clusters.indices { contents[clusters[index].parent, default: Contents()].clusters.append(index) }
    return contents
  }
}
