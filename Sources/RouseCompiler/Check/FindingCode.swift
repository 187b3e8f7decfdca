/// What a finding is about. The raw values are stable: scripts may compare with them.
///
/// `README.md` in this folder says what each one means; `FindingCodeTests` compares that list with this one.
public enum FindingCode: String, Hashable, Sendable, Encodable, CaseIterable {
  // MARK: Contract
  case schemaVersion = "schema-version"
  case unsupportedFeature = "unsupported-feature"
  case floatModel = "float-model"
  case inputCount = "input-count"
  case inputShape = "input-shape"
  case inputType = "input-type"
  case inputQuantization = "input-quantization"
  case outputCount = "output-count"
  case outputShape = "output-shape"
  case outputType = "output-type"
  case outputQuantization = "output-quantization"
  case tensorType = "tensor-type"

  // MARK: Operators
  case operatorNotRegistered = "operator-not-registered"
  case customOperator = "custom-operator"
  case operatorVersion = "operator-version"
  case operatorRefused = "operator-refused"
  case modelInconsistent = "model-inconsistent"
  case notSimulated = "not-simulated"

  // MARK: Variables
  case tooManyVariables = "too-many-variables"
  case variableNeverAssigned = "variable-never-assigned"
  case variableNeverRead = "variable-never-read"
  case variableNotInitialized = "variable-not-initialized"
  case initialValue = "initial-value"
  case initializationSubgraph = "initialization-subgraph"
  case initializationLate = "initialization-late"

  // MARK: Kernels
  case fullyConnectedPerChannel = "fully-connected-per-channel"
  case fullyConnectedResultRank = "fully-connected-result-rank"
  case convolutionWithoutBias = "convolution-without-bias"
  case convolutionAsymmetricPadding = "convolution-asymmetric-padding"
  case depthwiseAsymmetricPadding = "depthwise-asymmetric-padding"
  case fullyConnectedUnalignedRows = "fully-connected-unaligned-rows"

  // MARK: Output
  case outputResolution = "output-resolution"
  case cutoffUnreachable = "cutoff-unreachable"

  // MARK: Arena
  case arenaTooSmall = "arena-too-small"
  case arenaProbed = "arena-probed"
  case arenaTooSmallForLibrary = "arena-too-small-for-library"
  case arenaUnaligned = "arena-unaligned"
  case arenaUnknown = "arena-unknown"
  case arenaNotStated = "arena-not-stated"

  // MARK: Manifest
  case manifestNotRead = "manifest-not-read"
  case manifestMissingKey = "manifest-missing-key"
  case manifestUnknownKey = "manifest-unknown-key"
  case manifestDuplicateKey = "manifest-duplicate-key"
  case manifestWrongType = "manifest-wrong-type"
  case manifestKind = "manifest-kind"
  case manifestVersion = "manifest-version"
  case manifestLegacy = "manifest-legacy"
  case manifestText = "manifest-text"
  case manifestWebsite = "manifest-website"
  case manifestLanguages = "manifest-languages"
  case manifestCutoff = "manifest-cutoff"
  case manifestCutoffTruncated = "manifest-cutoff-truncated"
  case manifestWindow = "manifest-window"
  case manifestStep = "manifest-step"
  case manifestArena = "manifest-arena"
  case manifestMinimumVersion = "manifest-minimum-version"
  case firmwareTooOld = "firmware-too-old"
  case modelMissing = "model-missing"
  case modelOutside = "model-outside"
  case modelName = "model-name"

  // MARK: Budget
  case overBudget = "over-budget"

  // MARK: Several models
  case stepsDiffer = "steps-differ"
  case noWakeWord = "no-wake-word"
}
