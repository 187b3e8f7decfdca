import RouseIR
import RouseNumerics

/// What an axis of the IR's channel-last layout stands for.
enum Factor: Int, Hashable, Sendable, CaseIterable {
  case time, width, channel
}

/// Where a foreign tensor lies in the graph: a value, and of which of its axes each foreign axis consists.
///
/// A foreign axis is the product of IR axes, outermost first; extents of 1 are left out. So a transpose reorders the
/// lists, and flattening `[1, C, T]` gives the one list `[channel, time]` without an operator: the dense layer behind
/// it takes its weights in another order.
struct Placement: Hashable, Sendable {
  var value: ValueID
  var axes: [[Factor]]
  /// The extents of the value's axes; 1 for what its rank leaves out.
  var extents: [Factor: Int]
  /// What is still to be applied to the value.
  var affine: Affine?
  /// True when nothing else reads the value.
  var isExclusive = true
  /// Rows of the network's input between two rows of this; nil when time has been consumed.
  var rate: Int?
  /// Rows of the network's input at the end of the window that this does not depend on.
  var unusedRows: Int
  /// Rows at the end that the file has and the value does not: a slice right behind takes them away.
  var trimmedRows = 0
  /// The foreign axis along which the file has two classes, of which the value is the second.
  var classAxis: Int?

  func extent(_ factor: Factor) -> Int { extents[factor] ?? 1 }
  func extent(of list: [Factor]) -> Int { list.reduce(1) { $0 * extent($1) } }
  var positions: Int { extent(.width) * extent(.channel) }

  /// The shape that the file gives this tensor.
  var shape: [Int] {
    axes.indices.map { axis in
      if axis == classAxis { return 2 }
      return extent(of: axes[axis]) + (axes[axis] == [.time] ? trimmedRows : 0)
    }
  }

  /// The foreign axis that has `factor`, if any.
  func axis(of factor: Factor) -> Int? { axes.firstIndex { $0.contains(factor) } }

  /// `list` without factors of extent 1.
  func present(_ list: [Factor]) -> [Factor] { list.filter { extent($0) > 1 } }

  /// For every element of the factors `list` in the order of the value, its index in the order of the file.
  func fileOrder(_ list: [Factor]) -> [Int] {
    var strides: [Factor: Int] = [:]
    var stride = 1
    for factor in list.reversed() {
      strides[factor] = stride
      stride *= extent(factor)
    }
    var indices = [0]
    for factor in Factor.allCases where list.contains(factor) {
      let step = strides[factor] ?? 1
      indices = indices.flatMap { base in (0..<extent(factor)).map { base + $0 * step } }
    }
    return indices
  }
}

/// `x · scale + shift`, one number for each position of a row: `[width · channels]`, channels innermost.
struct Affine: Hashable, Sendable {
  var scale: [Double]
  var shift: [Double]

  static func identity(_ count: Int) -> Affine {
    Affine(
      scale: [Double](repeating: 1, count: count), shift: [Double](repeating: 0, count: count))
  }

  var hasScale: Bool { scale.contains { $0 != 1 } }
  var hasShift: Bool { shift.contains { $0 != 0 } }

  /// This, then `other`.
  func followed(by other: Affine) -> Affine {
    Affine(
      scale: zip(scale, other.scale).map(*),
      shift: zip(zip(shift, other.scale).map(*), other.shift).map(+))
  }

  /// One number for each channel when those of all columns agree.
  func perChannel(_ channels: Int) -> Affine? {
    func first(_ values: [Double]) -> [Double]? {
      let head = Array(values.prefix(channels))
      return values.indices.allSatisfy { values[$0] == head[$0 % channels] } ? head : nil
    }
    guard let scale = first(scale), let shift = first(shift) else { return nil }
    return Affine(scale: scale, shift: shift)
  }

  func slice(_ range: Range<Int>) -> Affine {
    Affine(scale: Array(scale[range]), shift: Array(shift[range]))
  }
}
