import RouseFrontEnd
import RouseIR
import RouseRuntime

/// Runs representative features **one after the other through the stateful streaming graph**, so that the buffers hold
/// what they hold on the device, and records the range of every value.
///
/// The first invocations, while the buffers are still filling with the zeros they start from, count as well: a device
/// passes through them after every start.
public enum Calibrate {
  /// - Parameter clips: device features, `[rows · 40]` each.
  public static func apply(
    to model: DeployableModel, over clips: [[Int8]]
  ) throws(GraphError) -> CalibratedModel {
    let reals = clips.map { $0.map(FeatureQuantization.real) }
    return CalibratedModel(
      deployable: model, ranges: try ranges(of: model.streaming, over: reals))
  }

  /// - Parameters:
  ///   - graph: float, streaming.
  ///   - clips: rows of features on the device's int8 grid, as real numbers, `[rows · channels]` each.
  /// - Returns: a range for every activation, by name.
  public static func ranges(
    of graph: Graph, over clips: [[Float]]
  ) throws(GraphError) -> [String: ValueRange] {
    let interpreter = try FloatInterpreter(graph)
    let step = graph[graph.inputs[0]].type.shape.count
    let observed = graph.values.indices.filter { graph.values[$0].constant == nil }
    var ranges = [ValueRange?](repeating: nil, count: graph.values.count)
    for clip in clips {
      var start = 0
      while start + step <= clip.count {
        interpreter.run(Array(clip[start..<start + step]))
        for index in observed {
          let seen = interpreter.range(of: ValueID(index))
          ranges[index] = ranges[index]?.union(seen) ?? seen
        }
        start += step
      }
    }
    var named: [String: ValueRange] = [:]
    for index in observed { named[graph.values[index].name] = ranges[index] }
    return named
  }
}
