/// Does `body`; an error of it says in which file it happened.
func located<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as any Diagnosable {
    let diagnostic = error.diagnostic
    throw diagnostic.location?.hasPrefix(path) == true
      ? diagnostic : diagnostic.with(location: path)
  }
}
