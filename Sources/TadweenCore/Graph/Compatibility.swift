/// How many links into a quorum can succeed together, where some exclude each other (rule R4).
///
/// Each link needs some subjects to have a value of its own: a choice its arm, a stage its ending. Links that share no
/// subject on which they differ are counted apart; among the others one subject is decided at a time, and what is left
/// falls apart again. For choices beside each other, below each other, or both, that is little more than one look at
/// each link. It need not be: of links that each need several choices, the question is as hard as any that a search is
/// known for. So the looks are limited, and beyond the limit the answer is that nobody can tell.
struct Compatibility<Subject: Hashable & Comparable> {
  /// What one link needs.
  typealias Needs = [Subject: Int]

  /// How many looks are left.
  private var looks: Int

  /// The greatest number of links that can succeed together; nil where it would take too long to tell.
  static func greatest(among links: [Needs]) -> Int? {
    // Enough for a dozen choices in every combination; in time for whoever waits for a build.
    var search = Compatibility(looks: 100_000 + 16 * effort(links))
    return search.greatest(among: links)
  }

  private static func effort(_ links: [Needs]) -> Int { links.reduce(0) { $0 + 1 + $1.count } }

  private mutating func greatest(among links: [Needs]) -> Int? {
    looks -= Self.effort(links)
    guard looks >= 0 else { return nil }
    let disputed = Self.disputed(links)
    // What nobody disputes can be had in any case.
    let needs = links.map { $0.filter { disputed.contains($0.key) } }
    var count = needs.count(where: \.isEmpty)
    for group in Self.groups(of: needs.filter { !$0.isEmpty }) {
      guard let most = decide(group) else { return nil }
      count += most
    }
    return count
  }

  /// The greatest number among links that hang together: tries each value of the subject that most of them need.
  private mutating func decide(_ group: [Needs]) -> Int? {
    var uses: [Subject: Int] = [:]
    for subject in group.lazy.flatMap(\.keys) { uses[subject, default: 0] += 1 }
    // Of two that are needed equally often always the same, so that the same graph gives the same answer.
    guard let subject = uses.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else { return group.count }
    var sides: [Int: [Needs]] = [:]
    var rest: [Needs] = []
    for needs in group {
      if let value = needs[subject] { sides[value, default: []].append(needs) } else { rest.append(needs) }
    }
    var best = 0
    for side in sides.values {
      guard let most = greatest(among: side + rest) else { return nil }
      best = max(best, most)
    }
    return best
  }

  /// The subjects that two links need different values of.
  private static func disputed(_ links: [Needs]) -> Set<Subject> {
    var first: Needs = [:]
    var disputed: Set<Subject> = []
    for (subject, value) in links.joined() {
      if let known = first[subject], known != value { disputed.insert(subject) }
      first[subject] = value
    }
    return disputed
  }

  /// The links by what they share: two of different groups have no subject in common, directly or by way of others.
  private static func groups(of links: [Needs]) -> [[Needs]] {
    // Each link points to one of its group, the first of it to itself.
    var leader = Array(links.indices)
    func first(of link: Int) -> Int {
      var link = link
      while leader[link] != link {
        leader[link] = leader[leader[link]]
        link = leader[link]
      }
      return link
    }
    var users: [Subject: Int] = [:]
    for (link, needs) in links.enumerated() {
      for subject in needs.keys {
        let (one, other) = (first(of: users[subject] ?? link), first(of: link))
        leader[max(one, other)] = min(one, other)
        users[subject] = link
      }
    }
    return Dictionary(grouping: links.indices, by: first(of:)).values.map { $0.map { links[$0] } }
  }
}
