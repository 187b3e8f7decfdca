import RouseNumerics

/// Where the windows of a convolution or a pooling lie in an image `[n, c, h, w]`.
struct ONNXWindow {
  /// Height and width each: of the input, of the window, of the result.
  var input: [Int]
  var kernel: [Int]
  var extents: [Int]
  var strides: [Int]
  var dilations: [Int]
  /// Before the first row and column.
  var before: [Int]

  /// The results along `axis` whose tap `tap` lies inside the image.
  func results(_ axis: Int, tap: Int) -> Range<Int> {
    let start = tap * dilations[axis] - before[axis]
    let step = strides[axis]
    let first = start >= 0 ? 0 : (-start + step - 1) / step
    let end = input[axis] - start
    let last = end <= 0 ? 0 : (end + step - 1) / step
    let upper = min(last, extents[axis])
    return first < upper ? first..<upper : 0..<0
  }

  /// The position in a channel of the image that result `(i, j)` reads with tap `(u, v)`.
  func position(_ i: Int, _ j: Int, _ u: Int, _ v: Int) -> Int {
    (i * strides[0] + u * dilations[0] - before[0]) * input[1] + j * strides[1] + v * dilations[1]
      - before[1]
  }
}

extension ONNXStep {
  /// The windows of Conv, ConvInteger, AveragePool and MaxPool with explicit pads.
  func window(_ x: Shape, _ kernel: [Int]) throws(FormatError) -> ONNXWindow {
    guard x.rank == 4, kernel.count == 2 else { throw broken("an image", "\(x), \(kernel)") }
    guard node.attributes["auto_pad"] == nil || node.attributes["auto_pad"] == .string("NOTSET"),
      try integer("ceil_mode", default: 0) == 0
    else { throw broken("explicit pads, rounded down", "auto_pad or ceil_mode") }
    let strides = try positive("strides", count: 2, default: [1, 1])
    let dilations = try positive("dilations", count: 2, default: [1, 1])
    let pads = try integers("pads", default: [0, 0, 0, 0])
    guard pads.count == 4, pads.allSatisfy({ $0 >= 0 }) else { throw broken("4 pads", "\(pads)") }
    var extents: [Int] = []
    for axis in 0..<2 {
      let room =
        x[axis + 2] + pads[axis] + pads[axis + 2] - (kernel[axis] - 1) * dilations[axis] - 1
      guard room >= 0, kernel[axis] > 0 else { throw broken("a kernel within x", "\(kernel)") }
      extents.append(room / strides[axis] + 1)
    }
    return ONNXWindow(
      input: [x[2], x[3]], kernel: kernel, extents: extents, strides: strides,
      dilations: dilations, before: [pads[0], pads[1]])
  }

  func positive(_ name: String, count: Int, default fallback: [Int]) throws(FormatError) -> [Int] {
    let values = try integers(name, default: fallback)
    guard values.count == count, values.allSatisfy({ $0 > 0 }) else {
      throw broken("\(count) positive `\(name)`", "\(values.prefix(8))")
    }
    return values
  }
}

/// The sums of a grouped convolution.
struct ONNXConvolution {
  let x: Shape
  let w: Shape
  let groups: Int
  let window: ONNXWindow
  let result: Shape

  /// `result` in double: for each weight, the row of what it meets is added to the row of results, a loop that
  /// processors run several elements at a time.
  func sums(_ x: [Double], _ w: [Double], _ bias: [Double]?) -> [Double] {
    let positions = window.extents[0] * window.extents[1]
    let row = self.w[1] * window.kernel[0] * window.kernel[1]
    let channels = self.w[0] / groups
    var y = [Double](repeating: 0, count: result.count)
    if positions == 1, isWholeImage {
      addWhole(x, w, bias, to: &y)
      return y
    }
    var columns = [Double](repeating: 0, count: row * positions)
    for image in 0..<result[0] {
      for group in 0..<groups {
        gather(x, firstChannel: image * self.x[1] + group * self.w[1], into: &columns)
        for o in group * channels..<(group + 1) * channels {
          let start = (image * self.w[0] + o) * positions
          Self.add(
            w[o * row..<(o + 1) * row], columns, startingWith: bias?[o] ?? 0,
            to: &y, start..<start + positions)
        }
      }
    }
    return y
  }

  /// A window that is the image: what weights of a group meet lies in memory as they do.
  private var isWholeImage: Bool {
    window.kernel == window.input && window.before == [0, 0] && window.dilations == [1, 1]
  }

  /// `y[o] = bias[o] + Σ w[o, k] · x[k]`, in the order in which the general case adds.
  private func addWhole(_ x: [Double], _ w: [Double], _ bias: [Double]?, to y: inout [Double]) {
    let row = self.w[1] * window.kernel[0] * window.kernel[1]
    let channels = self.w[0] / groups
    for image in 0..<result[0] {
      for o in 0..<self.w[0] {
        let start = (image * groups + o / channels) * row
        var sum = bias?[o] ?? 0
        for (weight, value) in zip(w[o * row..<(o + 1) * row], x[start..<start + row]) {
          sum += weight * value
        }
        y[image * self.w[0] + o] = sum
      }
    }
  }

  /// `y[p] = start + Σ w[k] · columns[k, p]`.
  private static func add(
    _ w: ArraySlice<Double>, _ columns: [Double], startingWith bias: Double, to y: inout [Double],
    _ places: Range<Int>
  ) {
    let positions = places.count
    if positions == 1 {
      var sum = bias
      for (weight, column) in zip(w, columns) { sum += weight * column }
      y[places.lowerBound] = sum
      return
    }
    columns.withUnsafeBufferPointer { columns in
      y.withUnsafeMutableBufferPointer { all in
        let y = UnsafeMutableBufferPointer(rebasing: all[places])
        for p in 0..<positions { y[p] = bias }
        var row = 0
        for weight in w {
          let column = UnsafeBufferPointer(rebasing: columns[row..<row + positions])
          for p in 0..<positions { y[p] += weight * column[p] }
          row += positions
        }
      }
    }
  }

  /// What each weight of a group meets at each position, `[c · kh · kw, positions]`, zero outside the image.
  private func gather(_ x: [Double], firstChannel: Int, into columns: inout [Double]) {
    let (height, width) = (window.extents[0], window.extents[1])
    let plane = window.input[0] * window.input[1]
    var row = 0
    for c in 0..<w[1] {
      let channel = (firstChannel + c) * plane
      for u in 0..<window.kernel[0] {
        let rows = window.results(0, tap: u)
        for v in 0..<window.kernel[1] {
          let inside = window.results(1, tap: v)
          if rows.count * inside.count < height * width {
            for place in row..<row + height * width { columns[place] = 0 }
          }
          for i in rows {
            for j in inside {
              columns[row + i * width + j] = x[channel + window.position(i, j, u, v)]
            }
          }
          row += height * width
        }
      }
    }
  }
}
