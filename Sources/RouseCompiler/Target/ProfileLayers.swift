import Foundation
import RouseNumerics
import RouseResources
import RouseTraining

/// A profile and everything that it extends, as an order of precedence.
///
/// `extends` lists built-in profiles by name and files by path, relative to the file that names them; earlier entries
/// win over later ones, and the extending file over all. A profile that is reached on several ways counts where it is
/// reached last, so that what lies between overrides it.
struct ProfileLayers {
  static let keys = [
    "name", "extends", "chip", "cEnums", "clockHertz", "flash", "memory", "time", "instructions",
    "cycles",
    "kernelSubstitutes", "operatorSets", "firmware", "firmwareSince",
  ]
  /// Counting every way on which a profile is reached: no board has a use for so many.
  static let mostVisits = 100

  private enum Origin: Hashable {
    case builtIn(String)
    case file(String)
  }

  private var visits: [(origin: Origin, document: StrictYAML)] = []

  /// The documents of a profile, most specific first.
  ///
  /// - Parameter isBuiltIn: `file` names an embedded profile.
  static func documents(
    _ yaml: String, file: String, isBuiltIn: Bool
  ) throws(TrainingError) -> [StrictYAML] {
    var layers = ProfileLayers()
    let document = try StrictYAML(text: yaml, file: file, keys: keys)
    let origin: Origin = isBuiltIn ? .builtIn(file) : .file(path(file))
    try layers.visit(origin, document, below: [])
    var seen: Set<Origin> = []
    return layers.visits.reversed().filter { seen.insert($0.origin).inserted }.reversed()
      .map(\.document)
  }

  /// - Parameter chain: The profiles that led here, outermost first.
  private mutating func visit(
    _ origin: Origin, _ document: StrictYAML, below chain: [(origin: Origin, name: String)]
  ) throws(TrainingError) {
    visits.append((origin, document))
    guard document.has("extends") else { return }
    guard visits.count <= Self.mostVisits else {
      throw document.wrong(
        "extends", expected: "at most \(Self.mostVisits) profiles in all", found: "more")
    }
    let chain = chain + [(origin, document.file)]
    for name in try document.oneOrMoreTexts("extends", count: 1...20) {
      let (base, file) = Self.locate(name, from: document.file)
      if let start = chain.firstIndex(where: { $0.origin == base }) {
        let circle = (chain[start...].map(\.name) + [file]).joined(separator: " -> ")
        throw document.wrong("extends", expected: "no circle", found: circle)
      }
      let text = try Self.text(base, name, of: document)
      try visit(base, StrictYAML(text: text, file: file, keys: Self.keys), below: chain)
    }
  }

  // MARK: - Names

  static func isPath(_ name: String) -> Bool {
    name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
  }

  private static func locate(_ name: String, from file: String) -> (Origin, file: String) {
    guard isPath(name) else {
      let file = TargetCatalog.file(of: name)
      return (.builtIn(file), file)
    }
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    let relative = name.hasPrefix("/") ? name : folder + name
    return (.file(path(relative)), relative)
  }

  private static func path(_ file: String) -> String {
    URL(filePath: file).standardizedFileURL.path
  }

  private static func text(
    _ origin: Origin, _ name: String, of document: StrictYAML
  ) throws(TrainingError) -> String {
    switch origin {
    case .builtIn(let file):
      guard Resources.names(in: "targets").contains("\(name).yaml") else {
        throw document.wrong(
          "extends",
          expected: "the path of a .yaml file, or one of "
            + TargetCatalog.names.joined(separator: ", "),
          found: "`\(name)`")
      }
      return Resources.file(file)
    case .file(let path):
      do {
        return try TargetCatalog.text(of: path)
      } catch .file {
        throw document.wrong("extends", expected: "a file that can be read", found: "`\(name)`")
      } catch {
        throw error
      }
    }
  }
}
