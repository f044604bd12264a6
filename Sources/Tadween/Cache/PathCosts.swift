/// What each value that was set costs, and so the bucket that they are in.
@usableFromInline struct PathCosts {
  private struct PathCost {
    let path: AnyKeyPath
    var cost: Int
  }

  /// A handful, so a list is searched faster than a dictionary.
  private var costs: [PathCost] = []

  @usableFromInline var total: Int { costs.reduce(0) { cappedSum($0, $1.cost) } }

  /// What the bucket costs when the value at the path costs so much.
  func total(setting path: AnyKeyPath, to cost: Int) -> Int {
    costs.reduce(cost) { $1.path == path ? $0 : cappedSum($0, $1.cost) }
  }

  mutating func set(_ path: AnyKeyPath, to cost: Int) {
    if let index = costs.firstIndex(where: { $0.path == path }) {
      costs[index].cost = cost
    } else {
      costs.append(PathCost(path: path, cost: cost))
    }
  }

  /// The same paths, measured again.
  @usableFromInline func measured(in bucket: Any) -> PathCosts {
    var measured = self
    for cost in costs { measured.set(cost.path, to: bucket[keyPath: cost.path].flatMap(cacheCost) ?? 0) }
    return measured
  }
}
