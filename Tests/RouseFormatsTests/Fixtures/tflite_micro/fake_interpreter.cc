// An interpreter that answers from a table: `answers[step]` after the call number `step`, whatever its input is. The
// program around it is in the test that uses it; failures are switched on by `fail_*`.
#include <stdint.h>
#include <string.h>

#include "tensorflow/lite/micro/micro_interpreter.h"

extern const uint8_t answers[];
int step = 0;
int fail_allocation = 0;
int fail_invoke = 0;
uint32_t model_version = 3;
size_t given_arena = 0;
size_t input_bytes = 120;
uint32_t input_sum = 0;

namespace {
int8_t input_data[4096];
uint8_t output_data;
TfLiteTensor input_tensor, output_tensor;
tflite::Model model_object;
}  // namespace

namespace tflite {

uint32_t Model::version() const { return model_version; }
const Model *GetModel(const void *) { return &model_object; }

MicroAllocator *MicroAllocator::Create(uint8_t *arena, size_t size) {
  return size < 500 ? nullptr : reinterpret_cast<MicroAllocator *>(arena);
}

MicroResourceVariables *MicroResourceVariables::Create(MicroAllocator *allocator, int count) {
  return count < 0 ? nullptr : reinterpret_cast<MicroResourceVariables *>(allocator);
}

MicroInterpreter::MicroInterpreter(const Model *, const MicroOpResolver &, uint8_t *, size_t size,
                                   MicroResourceVariables *, MicroProfilerInterface *) {
  given_arena = size;
  step = 0;
}

MicroInterpreter::~MicroInterpreter() {}

TfLiteStatus MicroInterpreter::AllocateTensors() {
  input_tensor.type = kTfLiteInt8;
  input_tensor.data.int8 = input_data;
  input_tensor.bytes = input_bytes;
  output_tensor.type = kTfLiteUInt8;
  output_tensor.data.uint8 = &output_data;
  output_tensor.bytes = 1;
  return fail_allocation ? kTfLiteError : kTfLiteOk;
}

TfLiteStatus MicroInterpreter::Invoke() {
  for (size_t i = 0; i < input_bytes; ++i) input_sum = input_sum * 31u + uint8_t(input_data[i]);
  output_data = answers[step++];
  return fail_invoke ? kTfLiteError : kTfLiteOk;
}

TfLiteTensor *MicroInterpreter::input(size_t) { return &input_tensor; }
TfLiteTensor *MicroInterpreter::output(size_t) { return &output_tensor; }

}  // namespace tflite
