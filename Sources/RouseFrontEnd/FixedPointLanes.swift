// Arithmetic on eight 16-bit lanes. Products of 16-bit numbers are written so that the compiler sees 16-bit factors:
// it then multiplies in 16 bits also on processors without a 32-bit vector multiplication. Conversions name every lane,
// since the generic initialisers are not always inlined; they become one instruction each.

/// Eight complex numbers as two vectors.
typealias ComplexLanes = (re: SIMD8<Int16>, im: SIMD8<Int16>)

/// `x` in 32 bits.
@inline(__always)
func wide(_ x: SIMD8<Int16>) -> SIMD8<Int32> {
  SIMD8(
    Int32(x[0]), Int32(x[1]), Int32(x[2]), Int32(x[3]), Int32(x[4]), Int32(x[5]), Int32(x[6]),
    Int32(x[7]))
}

/// The low 16 bits of `x`.
@inline(__always)
func narrow(_ x: SIMD8<Int32>) -> SIMD8<Int16> {
  SIMD8(
    Int16(truncatingIfNeeded: x[0]), Int16(truncatingIfNeeded: x[1]),
    Int16(truncatingIfNeeded: x[2]), Int16(truncatingIfNeeded: x[3]),
    Int16(truncatingIfNeeded: x[4]), Int16(truncatingIfNeeded: x[5]),
    Int16(truncatingIfNeeded: x[6]), Int16(truncatingIfNeeded: x[7]))
}

/// `(x + 2^14) >> 15` in 16 bits.
@inline(__always)
func rounded(_ x: SIMD8<Int32>) -> SIMD8<Int16> {
  narrow((x &+ SIMD8<Int32>(repeating: 1 << 14)) &>> 15)
}

/// `x · (32767 / 4) / 32768`
@inline(__always)
func quartered(_ x: SIMD8<Int16>) -> SIMD8<Int16> {
  rounded(wide(x) &* wide(SIMD8<Int16>(repeating: 8191)))
}

/// `x · (32767 / 2) / 32768`
@inline(__always)
func halved(_ x: SIMD8<Int16>) -> SIMD8<Int16> {
  rounded(wide(x) &* wide(SIMD8<Int16>(repeating: 16383)))
}

/// `(re + i·im) · factor`, rounded.
@inline(__always)
func product(
  _ re: SIMD8<Int16>, _ im: SIMD8<Int16>, _ factor: Twiddles.Factor
) -> ComplexLanes {
  let (a, b) = (wide(re), wide(im))
  let (c, d) = (wide(factor.re), wide(factor.im))
  return (rounded(a &* c &- b &* d), rounded(a &* d &+ b &* c))
}

/// `re² + im²`
@inline(__always)
func energy(_ re: SIMD8<Int32>, _ im: SIMD8<Int32>) -> SIMD8<UInt32> {
  // Storing the halves in 16 bits keeps them as they are; saying so lets the compiler multiply 16-bit numbers.
  let (a, b) = (narrow(re), narrow(im))
  return SIMD8<UInt32>(truncatingIfNeeded: wide(a) &* wide(a) &+ wide(b) &* wide(b))
}

/// Eight numbers from element `index` on, at any alignment.
@inline(__always)
func lanes(_ span: RawSpan, _ index: Int) -> SIMD8<Int16> {
  span.unsafeLoadUnaligned(fromByteOffset: index * 2, as: SIMD8<Int16>.self)
}

/// The lanes from last to first.
@inline(__always)
func reversed(_ x: SIMD8<Int16>) -> SIMD8<Int16> {
  SIMD8(x[7], x[6], x[5], x[4], x[3], x[2], x[1], x[0])
}

/// From `[k: j0 j1][k: j2 j3][k+1: j0 j1][k+1: j2 j3]`, four lanes each, to one vector per `j` with both `k`.
@inline(__always)
func regroup(
  _ a: SIMD8<Int16>, _ b: SIMD8<Int16>, _ c: SIMD8<Int16>, _ d: SIMD8<Int16>
) -> (SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>) {
  (
    SIMD8(lowHalf: a.lowHalf, highHalf: c.lowHalf),
    SIMD8(lowHalf: a.highHalf, highHalf: c.highHalf),
    SIMD8(lowHalf: b.lowHalf, highHalf: d.lowHalf), SIMD8(lowHalf: b.highHalf, highHalf: d.highHalf)
  )
}

/// Every fourth of 32 lanes, from 0, 1, 2 and 3 on.
@inline(__always)
func deinterleave(
  _ a: SIMD8<Int16>, _ b: SIMD8<Int16>, _ c: SIMD8<Int16>, _ d: SIMD8<Int16>
) -> (SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>) {
  let even01 = SIMD8(lowHalf: a.evenHalf, highHalf: b.evenHalf)
  let even23 = SIMD8(lowHalf: c.evenHalf, highHalf: d.evenHalf)
  let odd01 = SIMD8(lowHalf: a.oddHalf, highHalf: b.oddHalf)
  let odd23 = SIMD8(lowHalf: c.oddHalf, highHalf: d.oddHalf)
  return (
    SIMD8(lowHalf: even01.evenHalf, highHalf: even23.evenHalf),
    SIMD8(lowHalf: odd01.evenHalf, highHalf: odd23.evenHalf),
    SIMD8(lowHalf: even01.oddHalf, highHalf: even23.oddHalf),
    SIMD8(lowHalf: odd01.oddHalf, highHalf: odd23.oddHalf)
  )
}
