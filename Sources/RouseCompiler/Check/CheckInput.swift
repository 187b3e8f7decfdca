import RouseFormats

/// One model to check, with the manifest that came with it.
public struct CheckInput: Hashable, Sendable {
  /// The model as its manifest or the user names it.
  public enum Model: Hashable, Sendable {
    case bytes([UInt8])
    /// The manifest names a file that is not there.
    case missing
    /// The manifest names a file outside its folder, which was not read.
    case outside
    /// The manifest names none.
    case unnamed
  }

  /// A manifest and the file it stands in.
  public struct Manifest: Hashable, Sendable {
    public var file: String
    public var content: LenientManifest

    public init(file: String, content: LenientManifest) {
      self.file = file
      self.content = content
    }
  }

  /// Path of the model, for messages.
  public var file: String
  public var model: Model
  public var manifest: Manifest?

  public init(file: String, model: Model, manifest: Manifest? = nil) {
    self.file = file
    self.model = model
    self.manifest = manifest
  }
}

/// What is checked, against what.
public struct CheckRequest: Sendable {
  /// At least one; several are what one device runs together.
  public var inputs: [CheckInput]
  public var profile: TargetProfile
  public var firmware: TargetProfile.Firmware

  public init(
    inputs: [CheckInput], profile: TargetProfile, firmware: TargetProfile.Firmware? = nil
  ) {
    self.inputs = inputs
    self.profile = profile
    self.firmware = firmware ?? profile.currentFirmware
  }
}
