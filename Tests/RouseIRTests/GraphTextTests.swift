import RouseIR
import RouseNumerics
import Testing

@Suite struct GraphTextTests {
  @Test func fullTextIsStable() throws {
    let expected = #"""
      graph "tiny \"stream\""
      input %features int8[1, 1, 3] scale=0.1015625 zero=-128
      variable "state 0" int8[1, 1, 1, 3] scale=0.1015625 zero=-128
      %image = reshape(%features) shape=1x1x1x3 : int8[1, 1, 1, 3] scale=0.1015625 zero=-128
      %old = read_variable() variable=0 : int8[1, 1, 1, 3] scale=0.1015625 zero=-128
      %window = concatenation(%old, %image) axis=1 : int8[1, 2, 1, 3] scale=0.1015625 zero=-128
      %tail = strided_slice(%window) begin=0x-1x0x0 end=0x0x0x0 strides=1x1x1x1 beginMask=13 endMask=15 shrinkAxisMask=0 : int8[1, 1, 1, 3] scale=0.1015625 zero=-128
      assign_variable(%tail) variable=0
      constant %conv/weights int8[2, 2, 1, 3] scales=(0.01, 0.02)@0 parameter = 0x01fe030405067f8100000aff
      constant %conv/bias int32[2] scales=(0.001015625, 0.00203125)@0 parameter = [100, -7]
      %conv = conv_2d(%window, %conv/weights, %conv/bias) stride=1x1 dilation=1x1 padding=valid activation=relu : int8[1, 1, 1, 2] scale=0.05 zero=-5
      %parts:0, %parts:1 = split_v(%conv) sizes=1x1 axis=3 : int8[1, 1, 1, 1] scale=0.05 zero=-5, int8[1, 1, 1, 1] scale=0.05 zero=-5
      %probability = logistic(%parts:1) : int8[1, 1, 1, 1] scale=0.00390625 zero=-128
      %output = quantize(%probability) : uint8[1, 1, 1, 1] scale=0.00390625 zero=0
      output %output

      """#
    #expect(GraphText.print(try quantizedStream(), .full) == expected)
  }

  @Test func summaryShowsConstantsAsHashAndStatistics() throws {
    let text = GraphText.print(try quantizedStream(), .summary)
    #expect(
      text.contains(
        "constant %conv/weights int8[2, 2, 1, 3] scales=(2)@0 parameter hash=fc55c8721a08e011"
          + " min=-127.0 mean=2.1666667 max=127.0\n"))
  }

  @Test func bothGraphsReadBack() throws {
    for graph in [try quantizedStream(), try trainingGraph()] {
      #expect(try GraphText.parse(GraphText.print(graph, .full)) == graph)
    }
  }

  @Test func initialValuesReadBack() throws {
    let narrow = Quantization(scale: 0.5, zeroPoint: 3)
    var graph = try quantizedStream()
    let variables = [
      Variable(name: "a", type: TensorType([2], .int8, narrow), initial: .int8([4, -1])),
      Variable(name: "b", type: TensorType([2], .uint8, narrow), initial: .uint8([3, 255])),
      Variable(name: "c", type: TensorType([1]), initial: .float32([0.1])),
    ]
    graph.variables += variables
    let text = GraphText.print(graph, .full)
    #expect(text.contains("variable a int8[2] scale=0.5 zero=3 = 0x04ff\n"))
    #expect(try GraphText.parse(text) == graph)
    #expect(GraphText.print(graph, .summary).contains("variable b uint8[2] scale=0.5 zero=3 hash="))
  }

  /// `keepDimensions` of a FULLY_CONNECTED is there when it is true.
  @Test func rareAttributesAreLeftOut() throws {
    let text = """
      graph "dense"
      input %x float32[1, 2, 3]
      input %w float32[4, 3]
      %y = fully_connected(%x, %w) activation=none keepDimensions=true : float32[1, 2, 4]
      output %y

      """
    let graph = try GraphText.parse(text)
    #expect(graph.nodes[0].op == .fullyConnected(FullyConnected(keepDimensions: true)))
    #expect(GraphText.print(graph, .full) == text)
    #expect(
      throws: GraphError.text(
        line: 4, expected: "`keepDimensions=true` or nothing", found: "false")
    ) { try GraphText.parse(text.replacing("=true", with: "=false")) }
    #expect(
      throws: GraphError.text(
        line: 4, expected: "true or false for `keepDimensions`", found: "1")
    ) { try GraphText.parse(text.replacing("=true", with: "=1")) }
  }

  /// There is one way to say that a variable starts at zero.
  @Test func initialZeroIsNoInitialValue() {
    let type = TensorType([2], .int8, Quantization(scale: 0.5, zeroPoint: 3))
    let plain = Variable(name: "a", type: type)
    #expect(Variable(name: "a", type: type, initial: .int8([3, 3])) == plain)
    #expect(plain.initialBytes == [3, 3])
  }

  /// Passes append constants, drop nodes and leave values behind; indices and odd names survive.
  @Test func anyOrderOfValuesReadsBack() throws {
    var generator = SeededGenerator(seed: 5)
    for graph in [try quantizedStream(), try trainingGraph()] {
      for round in 0..<20 {
        let order = Array(graph.values.indices).shuffled(using: &generator)
        var moved = graph
        for (old, new) in order.enumerated() { moved.values[new] = graph.values[old] }
        func move(_ ids: [ValueID]) -> [ValueID] { ids.map { ValueID(order[$0.index]) } }
        moved.inputs = move(graph.inputs)
        moved.outputs = move(graph.outputs)
        moved.nodes = graph.nodes.map {
          Node($0.op, inputs: move($0.inputs), outputs: move($0.outputs))
        }
        moved.values.append(Value(name: "left \u{7}é\n\(round)", type: TensorType([2])))
        moved.values.append(
          Value(name: "", type: TensorType([]), constant: .float32([.greatestFiniteMagnitude])))
        #expect(try GraphText.parse(GraphText.print(moved, .full)) == moved)
      }
    }
  }

  @Test(arguments: [
    ("", 1, "`graph \"name\"`", "an empty text"),
    ("grph", 1, "`graph `", "grph"),
    ("graph \"a", 1, "`\"`", "the end of the line"),
    ("graph \"\\q\"", 1, "`\"`, `\\` or `u{…}` after `\\`", "q\""),
    ("graph a\ninput %x int7[1]", 2, "one of float32, int8, uint8, int32", "int7[1]"),
    ("graph a\ninput %x int8[1, y]", 2, "a dimension", "y]"),
    (
      "graph a\ninput %x int8[65536, 65536]", 2,
      "a shape of positive dimensions and at most 2^31 - 1 elements", "[65536, 65536]"
    ),
    ("graph a\ninput %x int8[1] scale=0.1", 2, "`zero=`", "the end of the line"),
    (
      "graph a\ninput %x int8[1]\ninput %x int8[1]", 3, "a name that no other value has",
      "x int8[1]"
    ),
    ("graph a\n\noutput %x", 3, "a value defined above", "x"),
    (
      "graph a\ninput %x float32[1]\n%y = sigmoid(%x) : float32[1]", 3, "the name of an operator",
      "sigmoid"
    ),
    (
      "graph a\ninput %x float32[1]\n%y = logistic(%x) base=2 : float32[1]", 3,
      "attributes of logistic only", "`base`"
    ),
    (
      "graph a\ninput %x float32[1]\n%y = concatenation(%x) : float32[1]", 3,
      "attribute `axis` of concatenation", "nothing"
    ),
    (
      "graph a\ninput %x float32[1]\n%y = concatenation(%x) axis=1 axis=2 : float32[1]", 3,
      "each attribute once", "axis=2 : float32[1]"
    ),
    ("graph a\nconstant %c int8[2] = 0x01", 2, "2 elements of int8", "0x01"),
    ("graph a\nconstant %c int8[2] = 0x01g0", 2, "pairs of hexadecimal digits", "01g0"),
    ("graph a\nconstant %c float32[2] = [1, ]", 2, "a float32", "]"),
    ("graph a\ninput %x #3 int8[1]", 2, "each value index from 0 to 0 once", "3 of `x`"),
    ("graph a\ninput %x int8[1] extra", 2, "the end of the line", "extra"),
  ])
  func mistakesNameTheLine(text: String, line: Int, expected: String, found: String) {
    #expect(throws: GraphError.text(line: line, expected: expected, found: found)) {
      try GraphText.parse(text)
    }
  }

  /// Any bytes give a graph or an error; what is read prints and reads back to the same.
  @Test func damagedTextNeverTraps() throws {
    let texts = [try quantizedStream(), try trainingGraph()].map { GraphText.print($0, .full) }
    let tokens = [
      "%", "\"", "[", "]", "0x", "-1", "99999999999999999999", ",", "#", ":", "=", "x", " ",
    ]
    var generator = SeededGenerator(seed: 11)
    var readable = 0
    for round in 0..<2000 {
      var bytes = Array(texts[round % 2].utf8)
      for _ in 0..<generator.below(3) + 1 {
        let at = generator.below(bytes.count)
        switch generator.below(5) {
        case 0: bytes[at] = UInt8(generator.below(256))
        case 1: bytes[at] ^= UInt8(generator.below(4))
        case 2: bytes.removeSubrange(at..<min(bytes.count, at + generator.below(20)))
        case 3: bytes.insert(contentsOf: tokens[generator.below(tokens.count)].utf8, at: at)
        default: bytes = Array(bytes.prefix(at)) + bytes.suffix(generator.below(bytes.count))
        }
        if bytes.isEmpty { bytes = [10] }
      }
      guard let graph = try? GraphText.parse(String(decoding: bytes, as: UTF8.self)) else {
        continue
      }
      readable += 1
      _ = GraphText.print(graph, .summary)
      for phase in GraphVerifier.Phase.allCases { try? GraphVerifier.verify(graph, phase: phase) }
    }
    #expect(readable > 30)
  }
}
