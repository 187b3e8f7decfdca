/// The TensorFlow Lite schema, parsed from `TFLiteSchemaTables`.
enum TFLiteSchema {
  enum Scalar: String {
    case bool, i8, u8, u16, i32, u32, i64, u64, f32
    case padding, activation, element

    var size: Int {
      switch self {
      case .bool, .i8, .u8, .padding, .activation, .element: 1
      case .u16: 2
      case .i32, .u32, .f32: 4
      case .i64, .u64: 8
      }
    }
  }

  enum Kind {
    case scalar(Scalar)
    case vector(Scalar)
    case text
    case table(String)
    case tables(String)
    /// The type stands in the field before.
    case union
  }

  struct Field {
    var id: Int
    var name: String
    var kind: Kind
    var fallback: Int
  }

  struct Table {
    var name: String
    var fields: [Field]
  }

  static let tables: [String: Table] = {
    let lines = TFLiteSchemaTables.model.split(separator: "\n")
    let parsed = lines.map { table($0.split(separator: " ")) }
    return Dictionary(uniqueKeysWithValues: parsed.map { ($0.name, $0) })
  }()

  /// The tables of the union `BuiltinOptions` by number.
  static let options: [Int: Table] = {
    let lines = TFLiteSchemaTables.options.split(separator: "\n").map { $0.split(separator: " ") }
    return Dictionary(
      uniqueKeysWithValues: lines.map { (number($0[0]), table($0.dropFirst())) })
  }()

  /// The table of a union's member; one without fields for those that are not listed.
  static func member(_ number: Int, ofUnion field: String) -> Table {
    let nothing = Table(name: "Member", fields: [])
    let names: [String]
    switch field {
    case "builtin_options": return options[number] ?? nothing
    case "details":
      names = ["", "CustomQuantization", "BlockwiseQuantization", "MultiAxisQuantization"]
    case "array_segments", "array_indices":
      names = ["", "Int32Vector", "Uint16Vector", "Uint8Vector"]
    default: return nothing
    }
    return names.indices.contains(number) ? tables[names[number]] ?? nothing : nothing
  }

  // MARK: - Text

  private static func table(_ words: some Collection<Substring>) -> Table {
    guard let name = words.first else { preconditionFailure("a table without a name") }
    var result = Table(name: String(name), fields: [])
    for (id, word) in words.dropFirst().enumerated() where word != "-" {
      result.fields.append(field(id, word))
    }
    return result
  }

  private static func field(_ id: Int, _ word: Substring) -> Field {
    let parts = word.split(separator: ":")
    precondition(parts.count == 2, "`\(word)` is not name:type")
    let type = parts[1].split(separator: "=")
    let kind: Kind
    if type[0].hasPrefix("[") {
      let element = String(type[0].dropFirst().dropLast())
      kind = Scalar(rawValue: element).map(Kind.vector) ?? .tables(element)
    } else if type[0] == "string" {
      kind = .text
    } else if type[0] == "union" {
      kind = .union
    } else {
      kind = Scalar(rawValue: String(type[0])).map(Kind.scalar) ?? .table(String(type[0]))
    }
    return Field(
      id: id, name: String(parts[0]), kind: kind, fallback: type.count == 2 ? number(type[1]) : 0)
  }

  private static func number(_ text: Substring) -> Int {
    guard let number = Int(text) else { preconditionFailure("`\(text)` is not a number") }
    return number
  }
}
