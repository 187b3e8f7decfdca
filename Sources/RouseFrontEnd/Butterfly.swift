/// Eight radix-4 butterflies at once.
struct Butterfly {
  var x0: ComplexLanes
  var x1: ComplexLanes
  var x2: ComplexLanes
  var x3: ComplexLanes

  /// The four inputs, each divided by 4.
  @inline(__always)
  init(_ x0: ComplexLanes, _ x1: ComplexLanes, _ x2: ComplexLanes, _ x3: ComplexLanes) {
    self.x0 = (quartered(x0.re), quartered(x0.im))
    self.x1 = (quartered(x1.re), quartered(x1.im))
    self.x2 = (quartered(x2.re), quartered(x2.im))
    self.x3 = (quartered(x3.re), quartered(x3.im))
  }

  @inline(__always)
  mutating func rotate(_ factor: Twiddles.Triple) {
    x1 = product(x1.re, x1.im, factor.first)
    x2 = product(x2.re, x2.im, factor.second)
    x3 = product(x3.re, x3.im, factor.third)
  }

  /// The four-point transform of the inputs.
  @inline(__always)
  mutating func combine() {
    let difference02: ComplexLanes = (x0.re &- x2.re, x0.im &- x2.im)
    let sum02: ComplexLanes = (x0.re &+ x2.re, x0.im &+ x2.im)
    let sum13: ComplexLanes = (x1.re &+ x3.re, x1.im &+ x3.im)
    let difference13: ComplexLanes = (x1.re &- x3.re, x1.im &- x3.im)
    x0 = (sum02.re &+ sum13.re, sum02.im &+ sum13.im)
    x1 = (difference02.re &+ difference13.im, difference02.im &- difference13.re)
    x2 = (sum02.re &- sum13.re, sum02.im &- sum13.im)
    x3 = (difference02.re &- difference13.im, difference02.im &+ difference13.re)
  }
}
