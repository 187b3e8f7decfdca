/// The version of the program, written into every artefact that has room for it.
public enum Version {
  public static let current = "0.1.0"
}
