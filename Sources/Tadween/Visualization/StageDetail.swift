/// What a picture says about a stage beyond its name, where the reader asked for details.
///
/// The graph itself knows a stage's queue bound, whether it runs in cancelled runs and whether it keeps its output; a
/// picture with details adds those, so `limits` should not repeat them.
package struct StageDetail: Sendable, Hashable {
  /// The handler's type, or what else names it.
  package var handler: String
  package var policy: String?
  /// One phrase each: `4 tasks`, `timeout 90 s`.
  package var limits: [String]

  package init(handler: String, policy: String? = nil, limits: [String] = []) {
    self.handler = handler
    self.policy = policy
    self.limits = limits
  }
}
