import Foundation
import RouseFormats
import Testing

/// What is found in a file.
@Suite struct InspectionContentTests {
  // MARK: - Operators

  @Test func operatorsAreNamedByTheSchema() throws {
    let bytes = TFLiteWriter.write(InspectionExample.everyCode)
    let names = try ModelInspection.read(bytes, as: .tflite).graphs[0].operators.map(\.name)
    #expect(names.count == 253)
    #expect(Set(names).count == names.count)
    #expect(
      [names[0], names[3], names[98], names[126]] == [
        "ADD", "CONV_2D", "LEAKY_RELU", "BATCH_MATMUL",
      ])
    #expect(
      [names[144], names[162], names[209]] == [
        "ASSIGN_VARIABLE", "STABLEHLO_LOGISTIC", "STABLEHLO_CASE",
      ])
    #expect(names[210...].allSatisfy { $0.hasPrefix("builtin 2") })
  }

  /// `TFLiteBuiltin` and the table of names say the same.
  @Test func namesAgreeWithThoseOfTheReader() throws {
    for name in TFLiteFixture.names {
      let model = try TFLiteFixture.model(name)
      let inspection = try InspectionExample.inspect(name)
      for (graph, subgraph) in zip(inspection.graphs, model.subgraphs) {
        for (node, original) in zip(graph.operators, subgraph.operators) {
          #expect(node.name == model.operatorCodes[original.opcode].builtin?.schemaName)
          #expect(node.inputs == original.inputs.map(Int.init))
          #expect(node.outputs == original.outputs.map(Int.init))
        }
        for (tensor, original) in zip(graph.tensors, subgraph.tensors) {
          #expect(tensor.name == original.name)
          #expect(tensor.scales == original.quantization?.scales)
          #expect(tensor.element == "\(original.element)")
        }
      }
    }
  }

  @Test func unknownAndCustomOperatorsAreListed() throws {
    let nodes = try InspectionExample.inspect("everything").graphs[0].operators
    #expect(nodes.count == TFLiteModel.everything.subgraphs[0].operators.count)
    #expect(nodes[2].name == "MyOp")
    let foreign = try InspectionExample.inspect("foreign.onnx").graphs
    #expect(foreign[0].operators.map(\.name).contains("com.example:FusedThing"))
    #expect(foreign.map(\.name) == ["foreign", "If.else_branch", "If.then_branch"])
    #expect(foreign[2].operators.map(\.name) == ["Neg"])
  }

  @Test func optionsAreThoseOfTheSchema() throws {
    let nodes = try InspectionExample.inspect("everything").graphs[0].operators
    #expect(nodes[1][option: "stride_h"] == .integer(3))
    #expect(nodes[1][option: "dilation_w_factor"] == .integer(4))
    #expect(nodes[1][option: "padding"] == .text("valid"))
    #expect(nodes[1][option: "fused_activation_function"] == .text("relu6"))
    #expect(nodes[6][option: "new_shape"] == .integers([1, -1, 40]))
    #expect(nodes[13][option: "beta"] == .real(0.75))
    #expect(nodes[15][option: "shared_name"] == .text("states/ü"))
    let defaults = try InspectionExample.inspect("conv2d_same_3x3_s2").graphs[0].operators[0]
    #expect(defaults[option: "dilation_h_factor"] == .integer(1), "not in the file")
    let foreign = try InspectionExample.inspect("foreign.onnx").graphs[0].operators[3]
    #expect(foreign.options.map(\.name) == ["alpha", "axes"])
    #expect(foreign[option: "axes"] == .integers([0, 1]))
  }

  // MARK: - Counts

  @Test(arguments: [
    ("conv2d_same_3x3_s2", 5 * 4 * 7 * 3 * 3 * 5), ("fc_50_10_relu", 50 * 10),
    ("sine_float", 16 + 16 * 16 + 16), ("foreign.onnx", 12), ("add_same", 0), ("stream_state", 0),
  ])
  func macs(_ name: String, _ expected: Int) throws {
    #expect(try InspectionExample.inspect(name).totals.macs == expected)
  }

  /// One multiplication for each weight and each place of the result.
  @Test(arguments: ["dwconv_k5x1", "dwconv_mult2_same"])
  func depthwiseMACs(_ name: String) throws {
    let inspection = try InspectionExample.inspect(name)
    let graph = inspection.graphs[0]
    let node = graph.operators[0]
    let kernel = try #require(graph.tensors[node.inputs[1]].shape)
    let result = try #require(graph.tensors[node.outputs[0]].shape)
    #expect(inspection.totals.macs == result.reduce(1, *) * kernel[1] * kernel[2])
    #expect(inspection.totals.weights == kernel.reduce(1, *))
    #expect(inspection.totals.biases == kernel[3])
  }

  @Test func unknownShapesAreSaidToBeUnknown() throws {
    var model = try TFLiteFixture.model("fc_50_10_relu")
    model.subgraphs[0].operators[0].inputs[1] = -1
    let totals = try ModelInspection.read(TFLiteWriter.write(model), as: .tflite).totals
    #expect(totals.macs == 0)
    #expect(totals.operatorsWithUnknownMACs == 1)
  }

  @Test func variablesAreCountedByName() throws {
    let inspection = try InspectionExample.inspect("stream_state")
    #expect(inspection.totals.variables.count == 1)
    #expect(inspection.totals.variables.bytes == 12)
    #expect(inspection.graphs[0].tensors[1].variable == "stream/states")
    #expect(inspection.totals.operators["VAR_HANDLE"] == 2)
  }

  /// A hundred bytes can claim a tensor of 2^62 elements.
  @Test func hugeShapesDoNotOverflow() throws {
    var model = try TFLiteFixture.model("fc_50_10_relu")
    for index in model.subgraphs[0].tensors.indices {
      model.subgraphs[0].tensors[index].shape = [Int32.max, Int32.max, Int32.max]
    }
    let inspection = try ModelInspection.read(TFLiteWriter.write(model), as: .tflite)
    #expect(inspection.totals.operatorsWithUnknownMACs == 1)
    #expect(!InspectionText(inspection).text.isEmpty)
  }

  // MARK: - Text and JSON

  @Test(arguments: InspectionExample.all)
  func linesFitAndHoldNoControlCharacters(_ name: String) throws {
    let inspection = try InspectionExample.inspect(name)
    for line in InspectionText(inspection).text.split(separator: "\n") {
      #expect(line.unicodeScalars.allSatisfy { $0.value >= 32 })
      // Elsewhere shapes and options alone take more.
      if TFLiteFixture.names.contains(name), name != "dwconv_mult2_same" {
        #expect(line.count <= 120, "\(line)")
      }
    }
  }

  @Test func shortAndFullNames() throws {
    let inspection = try InspectionExample.inspect("hostile_names")
    let long = String(repeating: "long/", count: 60)
    #expect(!InspectionText(inspection).text.components(separatedBy: "Graph 0")[1].contains(long))
    #expect(InspectionText(inspection, isFull: true).text.contains(long))
    #expect(InspectionText(inspection).text.contains(#"<a&"b>'\u{1B}[31m"#))
  }

  @Test(arguments: InspectionExample.all)
  func jsonHasTheDocumentedKeys(_ name: String) throws {
    let data = Data(try InspectionExample.inspect(name).json.utf8)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let own: Set =
      name.hasSuffix(".onnx") ? ["irVersion", "opsets", "producer"] : ["schemaVersion"]
    #expect(
      Set(object.keys)
        == own.union([
          "format", "fileBytes", "description", "metadata", "signatures", "graphs", "sizes",
          "totals",
        ]))
    let graphs = try #require(object["graphs"] as? [[String: Any]])
    for graph in graphs {
      #expect(Set(graph.keys) == ["name", "inputs", "outputs", "tensors", "operators"])
      for tensor in try #require(graph["tensors"] as? [[String: Any]]) {
        #expect(Set(tensor.keys).isSuperset(of: ["name", "element", "role"]))
        #expect(
          Set(tensor.keys).isSubset(of: [
            "name", "element", "role", "shape", "bytes", "scales", "zeroPoints", "quantizedAxis",
            "values", "variable",
          ]))
      }
      for node in try #require(graph["operators"] as? [[String: Any]]) {
        #expect(Set(node.keys).isSuperset(of: ["name", "inputs", "outputs", "options"]))
        #expect(
          Set(node.keys).isSubset(of: ["name", "version", "inputs", "outputs", "options", "macs"]))
      }
    }
    let totals = try #require(object["totals"] as? [String: Any])
    #expect(
      Set(totals.keys) == [
        "macs", "operatorsWithUnknownMACs", "weights", "biases", "variables", "operators",
      ])
  }
}
