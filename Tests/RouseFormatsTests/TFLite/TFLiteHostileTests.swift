import RouseFormats
import RouseIR
import Testing

/// Values that a sound flatbuffer can carry and no model means, each refused at its own byte.
@Suite struct TFLiteHostileTests {
  /// The bytes of a model and the places of its first tensor's parts.
  struct Places {
    var bytes: [UInt8]
    var shape: Int
    var scale: Int
    var quantizedDimension: Int?

    init(_ model: TFLiteModel) throws {
      bytes = TFLiteWriter.write(model)
      var reader = FlatBufferReader(bytes, file: .tflite)
      let root = try reader.root(identifier: "TFL3")
      let main = try reader.tables(root, 2, limit: 9, what: "")[0]
      let tensor = try reader.tables(main, 0, limit: 99, what: "")[0]
      let quantization = try #require(try reader.table(tensor, 4))
      shape = try #require(
        try reader.vector(tensor, 0, elementSize: 4, limit: 8, what: "")
      ).start
      scale = try #require(
        try reader.vector(quantization, 2, elementSize: 4, limit: 99, what: "")
      ).start
      quantizedDimension = try reader.field(quantization, 6, size: 4)
    }

    mutating func put(_ word: UInt32, at offset: Int) {
      for byte in 0..<4 { bytes[offset + byte] = UInt8(truncatingIfNeeded: word >> (8 * byte)) }
    }

    func error() -> FormatError? {
      do {
        _ = try TFLiteReader.read(bytes)
        return nil
      } catch { return error }
    }
  }

  static func model(
    shape: [Int32] = [1, 2, 3], element: TFLiteModel.Element = .int8,
    _ quantization: TFLiteModel.Quantization = .init(scales: [0.5], zeroPoints: [0])
  ) -> TFLiteModel {
    TFLiteModel(
      subgraphs: [
        .init(
          name: "main",
          tensors: [
            .init(name: "x", shape: shape, element: element, quantization: quantization)
          ])
      ])
  }

  // MARK: - Scales

  @Test(arguments: [Float.nan, .infinity, -.infinity, -0.5, 0, -0.0])
  func refusesScalesThatAreNoPositiveNumbers(scale: Float) throws {
    var places = try Places(Self.model())
    places.put(scale.bitPattern, at: places.scale)
    #expect(
      places.error()
        == .malformed(
          .tflite, offset: places.scale, expected: "positive finite scales", found: "\(scale)"))
  }

  @Test func namesTheScaleAmongMany() throws {
    var places = try Places(
      Self.model(.init(scales: [1, 2, 3], zeroPoints: [0, 0, 0], dimension: 2)))
    #expect(places.error() == nil)
    places.put(Float.nan.bitPattern, at: places.scale + 8)
    #expect(
      places.error()
        == .malformed(
          .tflite, offset: places.scale + 8, expected: "positive finite scales", found: "nan"))
  }

  /// Where a scale says nothing, converters may write 0; NaN is damage everywhere.
  @Test func toleratesZeroScalesOfElementsThatAreNeverQuantized() throws {
    var places = try Places(Self.model(element: .float32))
    places.put(0, at: places.scale)
    #expect(places.error() == nil)
    places.put(Float.nan.bitPattern, at: places.scale)
    #expect(places.error() != nil)
  }

  // MARK: - Counts and dimensions

  @Test(arguments: [
    (3, 2, Int32(2), "3 zero points", "2"), (1, 2, 0, "1 zero points", "2"),
    (0, 1, 0, "0 zero points", "1"), (2, 2, 2, "1 or 3 scales along dimension 2", "2"),
    (3, 3, 3, "quantized dimension in 0..<3", "3"),
    (3, 3, -1, "quantized dimension in 0..<3", "-1"),
    (1, 1, 3, "quantized dimension in 0..<3", "3"),
  ])
  func refusesQuantizationThatDoesNotFit(
    scales: Int, zeroPoints: Int, dimension: Int32, expected: String, found: String
  ) {
    let bytes = TFLiteWriter.write(
      Self.model(
        .init(
          scales: [Float](repeating: 1, count: scales),
          zeroPoints: [Int64](repeating: 0, count: zeroPoints), dimension: dimension)))
    #expect {
      try TFLiteReader.read(bytes)
    } throws: { error in
      guard case .malformed(.tflite, let offset, expected, found) = error as? FormatError else {
        return false
      }
      return bytes.indices.contains(offset) && offset > 0
    }
  }

  /// TFLite Micro takes one zero point for all scales, ignores a quantization without any, and scalars have no axis.
  @Test(arguments: [
    ([Int32(1), 2, 3], 3, 1, Int32(2)), ([1, 2, 3], 3, 0, 2), ([], 1, 1, 0), ([1, 2, 3], 1, 1, 2),
  ])
  func keepsQuantizationOfOtherConverters(
    shape: [Int32], scales: Int, zeroPoints: Int, dimension: Int32
  ) throws {
    let model = Self.model(
      shape: shape,
      .init(
        scales: [Float](repeating: 1, count: scales),
        zeroPoints: [Int64](repeating: 0, count: zeroPoints), dimension: dimension))
    #expect(try TFLiteReader.read(TFLiteWriter.write(model)) == model)
  }

  // MARK: - Shapes

  @Test func namesTheByteOfANegativeDimension() throws {
    var places = try Places(Self.model())
    places.put(UInt32(bitPattern: -7), at: places.shape + 4)
    #expect(
      places.error()
        == .malformed(
          .tflite, offset: places.shape + 4, expected: "dimensions from 0", found: "-7"))
  }

  /// A dimension of 0 does not hide the product of the others.
  @Test(arguments: [1, 0])
  func refusesBillionsOfElements(first: UInt32) throws {
    var places = try Places(Self.model())
    places.put(first, at: places.shape)
    places.put(1 << 16, at: places.shape + 4)
    places.put(1 << 16, at: places.shape + 8)
    #expect(
      places.error()
        == .tooLarge(
          .tflite, offset: places.shape + 8, what: "elements of a tensor", limit: 1 << 28,
          found: 1 << 32))
  }

  // MARK: - Offsets

  /// Offsets only go forward, so no chain of tables is a circle.
  @Test(arguments: [0, 2, 5, 0x7FFF_FFFC, 0xFFFF_FFF0, 0xFFFF_FFFC] as [UInt32])
  func refusesOffsetsThatGoBackOrPastTheEnd(distance: UInt32) throws {
    var places = try Places(Self.model())
    var reader = FlatBufferReader(places.bytes, file: .tflite)
    let root = try reader.root(identifier: "TFL3")
    let field = try #require(try reader.field(root, 2, size: 4))
    places.put(distance, at: field)
    #expect(
      places.error()
        == .malformed(
          .tflite, offset: field, expected: "an offset to a multiple of 4 inside the file",
          found: "distance \(distance)"))
  }

  /// The distance to a vtable is signed: a table may share another's, or point at anything.
  @Test func refusesVtablesOutsideTheFile() throws {
    for distance in [Int32.min, -1 << 20, 1 << 20, .max] {
      var places = try Places(Self.model())
      var reader = FlatBufferReader(places.bytes, file: .tflite)
      let root = try reader.root(identifier: "TFL3")
      places.put(UInt32(bitPattern: distance), at: root.position)
      #expect(
        places.error()
          == .malformed(
            .tflite, offset: root.position, expected: "a vtable inside the file at an even offset",
            found: "offset \(root.position - Int(distance))"))
    }
  }

  /// Every word of a model as the table, vector or text that some other word refers to: parts overlap in every way.
  @Test func survivesOverlappingParts() throws {
    let source = TFLiteWriter.write(.everything)
    var reader = FlatBufferReader(source, file: .tflite)
    let root = try reader.root(identifier: "TFL3")
    let fields = try (1...6).compactMap { try reader.field(root, $0, size: 4) }
    let main = try reader.tables(root, 2, limit: 9, what: "")[0]
    let inner = try (0...4).compactMap { try reader.field(main, $0, size: 4) }
    var refused = 0
    for position in fields + inner {
      for target in stride(from: position + 4, to: source.count, by: 4) {
        var bytes = source
        let distance = UInt32(target - position)
        for byte in 0..<4 {
          bytes[position + byte] = UInt8(truncatingIfNeeded: distance >> (8 * byte))
        }
        if (try? TFLiteReader.read(bytes)) == nil { refused += 1 }
      }
    }
    #expect(refused > 1000)
  }

  // MARK: - Options

  static let options: [(options: TFLiteOptions, expected: String)] = [
    (conv(strideH: 0), "strides from 1"), (conv(strideW: -1), "strides from 1"),
    (conv(dilationH: 0), "dilations from 1"), (conv(dilationW: .min), "dilations from 1"),
    (depthwise(strideH: -2), "strides from 1"), (depthwise(strideW: 0), "strides from 1"),
    (depthwise(dilationH: -1), "dilations from 1"), (depthwise(dilationW: 0), "dilations from 1"),
    (pool(strideH: 0), "strides from 1"), (pool(strideW: -1), "strides from 1"),
    (pool(filterH: 0), "filter sizes from 1"), (pool(filterW: -3), "filter sizes from 1"),
    (.softmax(beta: .nan), "a finite beta"), (.softmax(beta: -.infinity), "a finite beta"),
  ]

  static func conv(
    strideH: Int32 = 1, strideW: Int32 = 1, dilationH: Int32 = 1, dilationW: Int32 = 1
  ) -> TFLiteOptions {
    .conv2D(
      padding: .same, strideH: strideH, strideW: strideW, dilationH: dilationH,
      dilationW: dilationW, activation: .none)
  }

  static func depthwise(
    strideH: Int32 = 1, strideW: Int32 = 1, dilationH: Int32 = 1, dilationW: Int32 = 1
  ) -> TFLiteOptions {
    .depthwiseConv2D(
      padding: .valid, strideH: strideH, strideW: strideW, dilationH: dilationH,
      dilationW: dilationW, multiplier: 1, activation: .none)
  }

  static func pool(
    strideH: Int32 = 1, strideW: Int32 = 1, filterH: Int32 = 1, filterW: Int32 = 1
  ) -> TFLiteOptions {
    .pool2D(
      padding: .same, strideH: strideH, strideW: strideW, filterH: filterH, filterW: filterW,
      activation: .none)
  }

  @Test(arguments: options.indices)
  func refusesOptionsThatKernelsDivideBy(index: Int) throws {
    let (options, expected) = Self.options[index]
    var model = Self.model()
    model.operatorCodes = [.init(code: 0, version: 1)]
    model.subgraphs[0].operators = [.init(opcode: 0, inputs: [], outputs: [], options: options)]
    let bytes = TFLiteWriter.write(model)
    var reader = FlatBufferReader(bytes, file: .tflite)
    let root = try reader.root(identifier: "TFL3")
    let main = try reader.tables(root, 2, limit: 9, what: "")[0]
    let node = try reader.tables(main, 3, limit: 9, what: "")[0]
    let table = try #require(try reader.table(node, 4))
    #expect {
      try TFLiteReader.read(bytes)
    } throws: { error in
      guard case .malformed(.tflite, let offset, expected, _) = error as? FormatError else {
        return false
      }
      return (table.position..<table.position + 40).contains(offset)
    }
  }
}
