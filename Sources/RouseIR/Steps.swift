import RouseNumerics

/// One float evaluation of one node over a batch.
///
/// Activations have the batch as axis 0; parameters and constants have their own shape.
/// `variables` holds one view for each graph variable (streaming graphs run with batch 1).
public struct ForwardStep: Sendable {
  package let inputs: [FloatView]
  package let outputs: [FloatView]
  package let variables: [FloatView]
  /// As large as `scratchCount` asked for; what forward leaves here is there in backward.
  package let scratch: FloatView
  package let shards: Shards
  /// True in training: batch normalization then uses the statistics of the batch and updates the running ones.
  package let isTraining: Bool

  package init(
    inputs: [FloatView], outputs: [FloatView], variables: [FloatView] = [], scratch: FloatView,
    shards: Shards, isTraining: Bool
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.variables = variables
    self.scratch = scratch
    self.shards = shards
    self.isTraining = isTraining
  }
}

/// The gradient of one node over a batch, after `forward` on the same views.
public struct BackwardStep: Sendable {
  package let inputs: [FloatView]
  package let outputs: [FloatView]
  package let outputGradients: [FloatView]
  /// Nil where no gradient is wanted (the network's input, fixed constants).
  package let inputGradients: [FloatView?]
  package let scratch: FloatView
  package let shards: Shards

  package init(
    inputs: [FloatView], outputs: [FloatView], outputGradients: [FloatView],
    inputGradients: [FloatView?], scratch: FloatView, shards: Shards
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.outputGradients = outputGradients
    self.inputGradients = inputGradients
    self.scratch = scratch
    self.shards = shards
  }
}
