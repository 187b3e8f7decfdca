import Mustache
import RouseResources

/// Fills an embedded template.
package enum TextTemplate {
  /// - Parameter values: text, and lists of such dictionaries for the template's repeated parts.
  /// - Precondition: `name` is a file of `templates/` and a sound Mustache template, which tests of the writers prove.
  package static func fill(_ name: String, _ values: [String: Any]) -> String {
    do {
      let template = try MustacheTemplate(string: Resources.file("templates/\(name)"))
      return template.render(values)
    } catch { preconditionFailure("templates/\(name): \(error)") }
  }
}
