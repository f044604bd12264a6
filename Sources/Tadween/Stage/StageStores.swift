internal import TadweenCore

/// The repositories and caches that a stage may use, by the type of what they hold.
struct StageStores: Sendable {
  private var repositories: [ObjectIdentifier: any Repository] = [:]

  /// - Parameter fallback: What the workflow has for all its stages.
  init(repositories: [any Repository] = [], fallback: StageStores? = nil) {
    self.repositories = fallback?.repositories ?? [:]
    for repository in repositories { self.repositories[ObjectIdentifier(repository.modelType)] = repository }
  }

  func repository<Model: Artifact>(of model: Model.Type) -> (any Repository<Model>)? {
    repositories[ObjectIdentifier(model)] as? any Repository<Model>
  }

  func has(_ need: StateNeed) -> Bool {
    switch need {
    case .repository(let model): repositories[ObjectIdentifier(model)] != nil
    }
  }
}

extension Repository {
  var modelType: any Any.Type { Model.self }
}

/// What a policy asks its stage for.
enum StateNeed: Sendable {
  case repository(any Any.Type)

  /// What it is that is missing, and the remedy.
  var remedy: String {
    switch self {
    case .repository(let model):
      "there is no repository of \(model): give the stage one with StageOptions(repositories: […]), or all stages "
        + "with Workflow(repositories: […])"
    }
  }
}

/// A modifier that needs something of its stage, which the workflow looks for when it is built.
protocol StateNeeding {
  var needs: [StateNeed] { get }
}

extension ModifiedPolicy: StateNeeding {
  var needs: [StateNeed] {
    [base as Any, modifier].flatMap { ($0 as? any StateNeeding)?.needs ?? [] }
  }
}
