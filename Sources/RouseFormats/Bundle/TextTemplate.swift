import Mustache
import RouseResources

/// Fills an embedded template.
enum TextTemplate {
  /// - Precondition: `name` is a file of `templates/` and a sound Mustache template, which tests of the writers prove.
  static func fill(_ name: String, _ values: [String: String]) -> String {
    do {
      let template = try MustacheTemplate(string: Resources.file("templates/\(name)"))
      return template.render(values)
    } catch { preconditionFailure("templates/\(name): \(error)") }
  }
}
