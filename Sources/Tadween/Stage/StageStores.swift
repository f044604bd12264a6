internal import TadweenCore

/// The caches and repositories that a stage may use, by the type of what they hold.
struct StageStores: Sendable {
  private var repositories: [ObjectIdentifier: any Repository] = [:]
  private var caches: [ObjectIdentifier: any RunScopedCache] = [:]
  /// What there are two of, so that nobody could tell which is meant.
  private(set) var duplicates: [String] = []

  /// - Parameter fallback: What the workflow has for all its stages.
  init(repositories: [any Repository] = [], caches: [any RunScopedCache] = [], fallback: StageStores? = nil) {
    for repository in repositories {
      let model = repository.modelType
      if self.repositories.updateValue(repository, forKey: ObjectIdentifier(model)) != nil {
        duplicates.append("repositories of \(model)")
      }
    }
    for cache in caches {
      let bucket = cache.bucketType
      if self.caches.updateValue(cache, forKey: ObjectIdentifier(bucket)) != nil {
        duplicates.append("caches of \(bucket)")
      }
    }
    guard let fallback else { return }
    self.repositories.merge(fallback.repositories) { own, _ in own }
    self.caches.merge(fallback.caches) { own, _ in own }
  }

  func repository<Model: Artifact>(of model: Model.Type) -> (any Repository<Model>)? {
    repositories[ObjectIdentifier(model)] as? any Repository<Model>
  }

  func cache<Bucket: CacheBucket>(of bucket: Bucket.Type) -> Cache<Bucket>? {
    caches[ObjectIdentifier(bucket)] as? Cache<Bucket>
  }

  /// All its caches.
  var allCaches: [any RunScopedCache] { Array(caches.values) }

  func has(_ need: StateNeed) -> Bool {
    switch need {
    case .repository(let model): repositories[ObjectIdentifier(model)] != nil
    case .cache(let bucket): caches[ObjectIdentifier(bucket)] != nil
    }
  }
}

extension Repository {
  fileprivate var modelType: any Any.Type { Model.self }
}

extension RunScopedCache {
  fileprivate var bucketType: any Any.Type { Bucket.self }
}

/// What a policy asks its stage for.
enum StateNeed: Sendable {
  case repository(any Any.Type)
  case cache(any Any.Type)

  /// What it is that is missing, and the remedy.
  var remedy: String {
    switch self {
    case .repository(let model): remedy("repository of \(model)", "repositories")
    case .cache(let bucket): remedy("cache of \(bucket)", "caches")
    }
  }

  private func remedy(_ what: String, _ parameter: String) -> String {
    "there is no \(what): give the stage one with StageOptions(\(parameter): […]), or all stages with "
      + "Workflow(\(parameter): […])"
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
