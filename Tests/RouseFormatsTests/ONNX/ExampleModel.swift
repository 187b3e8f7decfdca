import RouseFormats

/// A model that uses every kind of value the format has, for reader and writer tests.
let exampleModel = ONNXModel(
  producerVersion: "1.2.3", metadata: ["rouse.preset": "tiny", "a": "ä", "Z": ""],
  graphName: "example",
  inputs: [.init(name: "x", shape: [1, 2, 3])],
  outputs: [.init(name: "y", shape: [1, 2]), .init(name: "q", element: .uint8, shape: [1, 2])],
  initializers: [
    .init(name: "w", shape: [2, 2], data: .float32([1, -0.5, .leastNonzeroMagnitude, .infinity])),
    .init(name: "i8", shape: [3], data: .int8([-128, 0, 127])),
    .init(name: "u8", shape: [2], data: .uint8([0, 255])),
    .init(name: "i32", shape: [2], data: .int32([.min, .max])),
    .init(name: "i64", shape: [2], data: .int64([.min, .max])),
    .init(name: "scalar", shape: [], data: .float32([3])),
    .init(name: "empty", shape: [0], data: .int64([])),
  ],
  nodes: [
    .init(
      name: "n0", opType: "Made", inputs: ["x", "", "w"], outputs: ["y", "q"],
      attributes: [
        "f": .float(-2.5), "i": .int(-3), "is": .ints([1, -1, .max, .min]), "s": .string("NOTSET"),
        "none": .ints([]),
      ]),
    .init(name: "", opType: "Identity", inputs: ["y"], outputs: ["z"]),
  ])
