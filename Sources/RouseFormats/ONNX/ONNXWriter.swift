import COnnx
import RouseIR

/// Writes an `ONNXModel` as the bytes of an `.onnx` file.
///
/// Every field is present, also those that hold 0 or nothing: the ONNX checker asks for presence.
///
/// The same model gives the same bytes: fields are packed in the order of their numbers, attributes and metadata in the
/// order of their names.
public enum ONNXWriter {
  /// - Precondition: no name holds a NUL.
  public static func write(_ model: ONNXModel) -> [UInt8] {
    let arena = ProtobufArena()
    let message = Messages(arena: arena).model(model)
    return withExtendedLifetime(arena) {
      let size = rouse__onnx__model_proto__get_packed_size(message)
      return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = rouse__onnx__model_proto__pack(message, buffer.baseAddress)
        precondition(count == size, "protobuf-c packed another size than it promised")
      }
    }
  }
}

/// Builds the C message tree, one function for each message of `onnx_subset.proto`.
private struct Messages {
  let arena: ProtobufArena

  func model(_ model: ONNXModel) -> UnsafeMutablePointer<Rouse__Onnx__ModelProto> {
    arena.message(rouse__onnx__model_proto__init) {
      $0.has_ir_version = 1
      $0.ir_version = model.irVersion
      $0.producer_name = arena.string(model.producer)
      $0.producer_version = arena.string(model.producerVersion)
      $0.graph = graph(model)
      $0.n_opset_import = 1
      $0.opset_import = arena.pointers([
        arena.message(rouse__onnx__operator_set_id_proto__init) {
          $0.has_version = 1
          $0.version = model.opset
        }
      ])
      let entries = model.metadata.sorted { $0.key < $1.key }.map { entry in
        arena.message(rouse__onnx__string_string_entry_proto__init) {
          $0.key = arena.string(entry.key)
          $0.value = arena.string(entry.value)
        }
      }
      $0.n_metadata_props = entries.count
      $0.metadata_props = arena.pointers(entries)
    }
  }

  func graph(_ model: ONNXModel) -> UnsafeMutablePointer<Rouse__Onnx__GraphProto> {
    arena.message(rouse__onnx__graph_proto__init) {
      $0.name = arena.string(model.graphName)
      $0.n_node = model.nodes.count
      $0.node = arena.pointers(model.nodes.map(node))
      $0.n_initializer = model.initializers.count
      $0.initializer = arena.pointers(model.initializers.map(tensor))
      $0.n_input = model.inputs.count
      $0.input = arena.pointers(model.inputs.map(port))
      $0.n_output = model.outputs.count
      $0.output = arena.pointers(model.outputs.map(port))
    }
  }

  func node(_ node: ONNXModel.Node) -> UnsafeMutablePointer<Rouse__Onnx__NodeProto> {
    arena.message(rouse__onnx__node_proto__init) {
      $0.name = arena.string(node.name)
      $0.op_type = arena.string(node.opType)
      $0.n_input = node.inputs.count
      $0.input = arena.pointers(node.inputs.map(arena.string))
      $0.n_output = node.outputs.count
      $0.output = arena.pointers(node.outputs.map(arena.string))
      let attributes = node.attributes.sorted { $0.key < $1.key }
      $0.n_attribute = attributes.count
      $0.attribute = arena.pointers(attributes.map { attribute($0.key, $0.value) })
    }
  }

  func attribute(
    _ name: String, _ value: ONNXAttribute
  ) -> UnsafeMutablePointer<Rouse__Onnx__AttributeProto> {
    arena.message(rouse__onnx__attribute_proto__init) {
      $0.name = arena.string(name)
      $0.has_type = 1
      $0.type = value.typeCode
      switch value {
      case .float(let number):
        $0.has_f = 1
        $0.f = number
      case .int(let number):
        $0.has_i = 1
        $0.i = number
      case .string(let text):
        $0.has_s = 1
        $0.s = arena.bytes(Array(text.utf8))
      case .ints(let numbers):
        $0.n_ints = numbers.count
        $0.ints = arena.array(numbers)
      }
    }
  }

  func tensor(_ tensor: ONNXModel.Tensor) -> UnsafeMutablePointer<Rouse__Onnx__TensorProto> {
    arena.message(rouse__onnx__tensor_proto__init) {
      $0.name = arena.string(tensor.name)
      $0.has_data_type = 1
      $0.data_type = tensor.data.element.rawValue
      $0.n_dims = tensor.shape.rank
      $0.dims = arena.array(tensor.shape.dimensions.map(Int64.init))
      $0.has_raw_data = 1
      $0.raw_data = arena.bytes(ONNXBytes.encode(tensor.data))
    }
  }

  func port(_ port: ONNXModel.Port) -> UnsafeMutablePointer<Rouse__Onnx__ValueInfoProto> {
    let dimensions = port.shape.dimensions.map { extent in
      arena.message(rouse__onnx__tensor_shape_proto__dimension__init) {
        $0.has_dim_value = 1
        $0.dim_value = Int64(extent)
      }
    }
    return arena.message(rouse__onnx__value_info_proto__init) {
      $0.name = arena.string(port.name)
      $0.type = arena.message(rouse__onnx__type_proto__init) {
        $0.tensor_type = arena.message(rouse__onnx__type_proto__tensor__init) {
          $0.has_elem_type = 1
          $0.elem_type = port.element.rawValue
          $0.shape = arena.message(rouse__onnx__tensor_shape_proto__init) {
            $0.n_dim = dimensions.count
            $0.dim = arena.pointers(dimensions)
          }
        }
      }
    }
  }
}

extension ONNXAttribute {
  /// `AttributeProto.AttributeType`.
  var typeCode: Int32 {
    switch self {
    case .float: 1
    case .int: 2
    case .string: 3
    case .ints: 7
    }
  }
}
