/// When each tensor and each scratch buffer is alive, counted in operators.
///
/// A called subgraph gets times of its own inside the calling operator. A tensor that nothing makes or reads lives at
/// time -1, where TFLite Micro plans it too.
///
/// - Source: tensorflow/tflite-micro `micro_allocation_info.cc`.
struct BufferLifetimes {
  struct Lifetime: Hashable, Sendable {
    var first = -1
    var last = -1
  }

  struct Scratch: Hashable, Sendable {
    var place: PlannableModel.Place
    var bytes: Int
  }

  /// For each subgraph, each tensor.
  private(set) var tensors: [[Lifetime]]
  private(set) var scratch: [Lifetime]
  /// The time of each operator of subgraph 0.
  private(set) var nodeTimes: [Int] = []
  private let model: PlannableModel
  private let requests: [PlannableModel.Place: [Int]]
  private var time = 0

  init(_ model: PlannableModel, scratch requests: [Scratch]) {
    self.model = model
    self.requests = Dictionary(grouping: requests.indices) { requests[$0].place }
    tensors = model.subgraphs.map { .init(repeating: Lifetime(), count: $0.tensors.count) }
    scratch = .init(repeating: Lifetime(), count: requests.count)
    mark(0)
  }

  private mutating func mark(_ subgraph: Int) {
    let graph = model.subgraphs[subgraph]
    for tensor in graph.inputs + graph.outputs { create(tensor, subgraph) }
    for node in graph.nodes {
      time += 1
      if subgraph == 0 { nodeTimes.append(time) }
      for tensor in node.outputs { create(tensor, subgraph) }
      let start = time
      if let called = node.calledSubgraph {
        time += 1
        mark(called)
      }
      for tensor in node.inputs where tensor >= 0 { tensors[subgraph][tensor].last = time }
      for tensor in node.outputs { tensors[subgraph][tensor].last = time }
      for index in requests[node.place] ?? [] {
        scratch[index] = Lifetime(first: start, last: time)
      }
    }
    for tensor in graph.outputs { tensors[subgraph][tensor].last = time }
  }

  private mutating func create(_ tensor: Int, _ subgraph: Int) {
    tensors[subgraph][tensor] = Lifetime(first: time, last: time)
  }
}
