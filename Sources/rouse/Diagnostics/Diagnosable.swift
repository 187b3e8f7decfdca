/// An error that knows how to say what happened. All wording of the program is in this folder.
protocol Diagnosable: Error {
  var diagnostic: Diagnostic { get }
}
