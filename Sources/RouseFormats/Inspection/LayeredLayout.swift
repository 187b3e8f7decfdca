/// Places the boxes of a directed graph in rows so that arrows go down and cross seldom.
///
/// The four steps of layered drawing: rows by longest path; long arrows get a waypoint in each row they pass; the order
/// within rows follows the mean place of the neighbours, in several sweeps, of which the best counts; columns are the
/// closest to straight arrows that keep the boxes apart. Everything is counted in the order of the boxes, so the same
/// graph gives the same picture.
///
/// - Source: Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures", 1981.
struct LayeredLayout {
  struct Item {
    var width: Double
    var height: Double
    /// Beside the main path: to the right, and not a reason to bend it.
    var isAside: Bool
  }

  struct Point: Hashable {
    var x: Double
    var y: Double
  }

  struct Arrow {
    var from: Int
    var to: Int
    /// Waypoints: their centres.
    var through: [Int] = []
  }

  /// Space between boxes of a row and between rows.
  static let gap = Point(x: 26, y: 34)
  /// When there are more, further long arrows go straight.
  static let maximumWaypoints = 20_000
  static let sweeps = 12

  /// Boxes first, then waypoints, which have no size.
  private(set) var items: [Item]
  private(set) var centres: [Point] = []
  private(set) var arrows: [Arrow]
  private(set) var size = Point(x: 0, y: 0)
  private var rows: [[Int]] = []
  private var row: [Int]
  private let boxCount: Int
  private var above: [[Int]] = []
  private var below: [[Int]] = []

  /// - Precondition: arrows go from an earlier item to a later one.
  init(_ items: [Item], _ pairs: [(from: Int, to: Int)]) {
    precondition(pairs.allSatisfy { $0.from < $0.to }, "an arrow backwards")
    self.items = items
    boxCount = items.count
    arrows = pairs.map { Arrow(from: $0.from, to: $0.to) }
    row = [Int](repeating: 0, count: items.count)
    assignRows()
    addWaypoints()
    orderRows()
    placeColumns()
  }

  /// The right end of everything in the rows that the two items and what lies between them stand in.
  func rightEnd(from item: Int, to other: Int) -> Double {
    rows[min(row[item], row[other])...max(row[item], row[other])].joined()
      .map { centres[$0].x + items[$0].width / 2 }.max() ?? 0
  }

  /// The first and the last row of two items.
  func span(_ item: Int, _ other: Int) -> ClosedRange<Int> {
    min(row[item], row[other])...max(row[item], row[other])
  }

  /// The height at which the row of an item begins.
  func top(of item: Int) -> Double {
    rows[row[item]].map { centres[$0].y - items[$0].height / 2 }.min() ?? 0
  }

  // MARK: - Rows

  private mutating func assignRows() {
    let sorted = arrows.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    var isFed = [Bool](repeating: false, count: items.count)
    for arrow in sorted {
      row[arrow.to] = max(row[arrow.to], row[arrow.from] + 1)
      isFed[arrow.to] = true
    }
    // What nothing feeds stands just above its first reader.
    var nearest = [Int](repeating: .max, count: items.count)
    for arrow in sorted { nearest[arrow.from] = min(nearest[arrow.from], row[arrow.to]) }
    for item in items.indices where !isFed[item] && nearest[item] != .max {
      row[item] = nearest[item] - 1
    }
  }

  private mutating func addWaypoints() {
    for index in arrows.indices {
      let (from, to) = (arrows[index].from, arrows[index].to)
      guard items.count - boxCount + row[to] - row[from] <= Self.maximumWaypoints else { continue }
      let isAside = items[from].isAside || items[to].isAside
      for level in row[from] + 1..<row[to] {
        arrows[index].through.append(items.count)
        items.append(Item(width: 0, height: 0, isAside: isAside))
        row.append(level)
      }
    }
    rows = [[Int]](repeating: [], count: (row.max() ?? 0) + 1)
    for item in items.indices { rows[row[item]].append(item) }
    above = [[Int]](repeating: [], count: items.count)
    below = above
    for arrow in arrows {
      let path = [arrow.from] + arrow.through + [arrow.to]
      for (a, b) in zip(path, path.dropFirst()) where row[b] - row[a] == 1 {
        below[a].append(b)
        above[b].append(a)
      }
    }
  }

  // MARK: - Order

  private mutating func orderRows() {
    var place = [Int](repeating: 0, count: items.count)
    func settle(_ rows: [[Int]]) {
      for row in rows { for (position, item) in row.enumerated() { place[item] = position } }
    }
    for index in rows.indices {
      rows[index] =
        rows[index].filter { !items[$0].isAside } + rows[index].filter { items[$0].isAside }
    }
    settle(rows)
    var (best, fewest) = (rows, crossings(rows, place))
    for sweep in 0..<Self.sweeps where fewest > 0 {
      let isDown = sweep.isMultiple(of: 2)
      for level in isDown ? Array(rows.indices) : rows.indices.reversed() {
        let keys = rows[level].map { item -> Double in
          let neighbours = isDown ? above[item] : below[item]
          let mean =
            neighbours.isEmpty
            ? Double(place[item])
            : Double(neighbours.reduce(0) { $0 + place[$1] }) / Double(neighbours.count)
          return mean + (items[item].isAside ? 0.6 : 0)
        }
        let order = rows[level].indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        rows[level] = order.map { rows[level][$0] }
        for (position, item) in rows[level].enumerated() { place[item] = position }
      }
      let count = crossings(rows, place)
      if count < fewest { (best, fewest) = (rows, count) }
    }
    rows = best
  }

  /// Pairs of arrows between neighbouring rows that cross, counted by merging.
  private func crossings(_ rows: [[Int]], _ place: [Int]) -> Int {
    var total = 0
    for row in rows {
      let ends = row.flatMap { item in below[item].map { place[$0] }.sorted() }
      total += Self.inversions(ends)
    }
    return total
  }

  static func inversions(_ values: [Int]) -> Int {
    var (sorted, spare, count) = (values, values, 0)
    var width = 1
    while width < values.count {
      for start in stride(from: 0, to: values.count, by: 2 * width) {
        let middle = min(start + width, values.count)
        let end = min(start + 2 * width, values.count)
        var (left, right) = (start, middle)
        for index in start..<end {
          if left < middle, right >= end || sorted[left] <= sorted[right] {
            spare[index] = sorted[left]
            left += 1
          } else {
            spare[index] = sorted[right]
            right += 1
            count += middle - left
          }
        }
      }
      swap(&sorted, &spare)
      width *= 2
    }
    return count
  }

  // MARK: - Columns

  private mutating func placeColumns() {
    centres = [Point](repeating: Point(x: 0, y: 0), count: items.count)
    var y = 0.0
    for row in rows {
      let height = row.map { items[$0].height }.max() ?? 0
      for item in row { centres[item].y = y + height / 2 }
      y += height + Self.gap.y
    }
    for level in rows.indices { settle(level, rows[level].map { _ in (0, 1) }) }
    for round in 0..<2 * Self.sweeps {
      let isDown = round.isMultiple(of: 2)
      for level in isDown ? Array(rows.indices) : rows.indices.reversed() {
        settle(level, rows[level].map { pull(on: $0, from: isDown ? above[$0] : below[$0]) })
      }
    }
    for level in rows.indices {
      settle(level, rows[level].map { pull(on: $0, from: above[$0] + below[$0]) })
    }
    let left = items.indices.map { centres[$0].x - items[$0].width / 2 }.min() ?? 0
    for item in items.indices { centres[item].x -= left }
    size.x = items.indices.map { centres[$0].x + items[$0].width / 2 }.max() ?? 0
    size.y = max(y - Self.gap.y, 0)
  }

  /// Where the neighbours want the item, and how strongly: straight waypoints most, boxes aside hardly.
  private func pull(on item: Int, from neighbours: [Int]) -> (x: Double, weight: Double) {
    var (sum, weight) = (0.0, 0.0)
    for other in neighbours {
      var strength = item >= boxCount && other >= boxCount ? 8.0 : 1.0
      if items[other].isAside && !items[item].isAside { strength = 0 }
      sum += strength * centres[other].x
      weight += strength
    }
    if weight == 0 { return (centres[item].x, items[item].isAside ? 1e-8 : 0.01) }
    // The main path keeps its place; what stands aside makes room.
    return (sum / weight, items[item].isAside ? 1e-6 * weight : weight)
  }

  /// The places of one row that are closest to the wanted ones, in weighted squares, with all gaps kept: a weighted
  /// isotonic regression, solved by pooling neighbours that are in each other's way.
  private mutating func settle(_ level: Int, _ wanted: [(x: Double, weight: Double)]) {
    var pools: [(mean: Double, weight: Double, count: Int)] = []
    var offsets: [Double] = []
    for (position, item) in rows[level].enumerated() {
      if position == 0 {
        offsets.append(0)
      } else {
        let before = items[rows[level][position - 1]]
        offsets.append(offsets[position - 1] + (before.width + items[item].width) / 2 + Self.gap.x)
      }
      let (x, weight) = wanted[position]
      pools.append((x - offsets[position], weight, 1))
      while pools.count > 1, pools[pools.count - 2].mean > pools[pools.count - 1].mean {
        let last = pools.removeLast()
        let first = pools.removeLast()
        let weight = first.weight + last.weight
        let mean = (first.mean * first.weight + last.mean * last.weight) / weight
        pools.append((mean, weight, first.count + last.count))
      }
    }
    var position = 0
    for pool in pools {
      for _ in 0..<pool.count {
        centres[rows[level][position]].x = pool.mean + offsets[position]
        position += 1
      }
    }
  }
}
