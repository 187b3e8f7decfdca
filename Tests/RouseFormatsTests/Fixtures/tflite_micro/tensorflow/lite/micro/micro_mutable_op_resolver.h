#pragma once
#include "tensorflow/lite/c/common.h"

namespace tflite {

class MicroOpResolver {
 public:
  virtual ~MicroOpResolver() {}
};

template <unsigned int tOpCount>
class MicroMutableOpResolver : public MicroOpResolver {
 public:
  explicit MicroMutableOpResolver() {}

  TfLiteStatus AddAdd() { return Take(); }
  TfLiteStatus AddAssignVariable() { return Take(); }
  TfLiteStatus AddAveragePool2D() { return Take(); }
  TfLiteStatus AddCallOnce() { return Take(); }
  TfLiteStatus AddConcatenation() { return Take(); }
  TfLiteStatus AddConv2D() { return Take(); }
  TfLiteStatus AddDepthwiseConv2D() { return Take(); }
  TfLiteStatus AddFullyConnected() { return Take(); }
  TfLiteStatus AddLogistic() { return Take(); }
  TfLiteStatus AddMaxPool2D() { return Take(); }
  TfLiteStatus AddMean() { return Take(); }
  TfLiteStatus AddMul() { return Take(); }
  TfLiteStatus AddPack() { return Take(); }
  TfLiteStatus AddPad() { return Take(); }
  TfLiteStatus AddQuantize() { return Take(); }
  TfLiteStatus AddReadVariable() { return Take(); }
  TfLiteStatus AddReshape() { return Take(); }
  TfLiteStatus AddSoftmax() { return Take(); }
  TfLiteStatus AddSplitV() { return Take(); }
  TfLiteStatus AddStridedSlice() { return Take(); }
  TfLiteStatus AddVarHandle() { return Take(); }

 private:
  unsigned int taken_ = 0;

  /// The real one refuses more operators than it has room for.
  TfLiteStatus Take() { return ++taken_ <= tOpCount ? kTfLiteOk : kTfLiteError; }
};

}  // namespace tflite
