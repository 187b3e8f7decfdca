import RouseCompiler
import RouseIR
import Testing

/// Measured cycles against the estimate of each profile. The published error covers every row.
@Suite struct CycleModelTests {
  struct Row: Sendable {
    var name: String
    /// Operator, MAC, results.
    var parts: [(builtin: TFLiteBuiltin, macs: Int, results: Int)]
    var cyclesPerMac: Double

    var cycles: Double { Double(parts.reduce(0) { $0 + $1.macs }) * cyclesPerMac }

    func estimate(_ profile: TargetProfile) -> Double {
      parts.reduce(0) {
        $0
          + profile.cycles.cycles(
            $1.builtin, Cost(macs: $1.macs, requantizations: $1.results))
      }
    }
  }

  /// MobileNet v1 0.25 on 96x96, whose first layer is depthwise.
  static func personDetection(_ cyclesPerMac: Double) -> Row {
    Row(
      name: "person_detection",
      parts: [(.conv2D, 6_193_664, 124_418), (.depthwiseConv2D, 964_224, 107_136)],
      cyclesPerMac: cyclesPerMac)
  }

  /// Rows of the esp-nn README as cycles per MAC; `last` is the size of the 3x3 depthwise convolution.
  static func rows(
    _ a: Double, _ b: Double, _ c: Double, _ d: Double, _ e: Double, _ f: Double, depthwise: Int
  ) -> [Row] {
    [
      Row(name: "conv 1x1 64->64", parts: [(.conv2D, 409_600, 6400)], cyclesPerMac: a),
      Row(name: "conv 1x1 16->16", parts: [(.conv2D, 16_384, 1024)], cyclesPerMac: b),
      Row(name: "conv 3x3 3->64", parts: [(.conv2D, 110_592, 4096)], cyclesPerMac: c),
      Row(
        name: "dw 3x3x16", parts: [(.depthwiseConv2D, depthwise, depthwise / 9)], cyclesPerMac: d),
      Row(name: "dw 5x5", parts: [(.depthwiseConv2D, 80_000, 3200)], cyclesPerMac: e),
      Row(name: "fc 271x3", parts: [(.fullyConnected, 813, 3)], cyclesPerMac: f),
    ]
  }

  static let measured: [(target: String, rows: [Row])] = [
    (
      "esp32-s3-n8",
      rows(1.13, 2.66, 5.82, 5.2, 4.58, 1.33, depthwise: 36_864) + [personDetection(1.81)]
    ),
    (
      "esp32-p4",
      rows(1.40, 4.34, 4.82, 17.1, 8.8, 1.13, depthwise: 28_224) + [personDetection(3.7)]
    ),
    ("esp32", [personDetection(12.7)]),
    ("esp32-c3", [personDetection(9.5)]),
    // The portable C of esp-nn on the core of ESP32-S3.
    ("esp32-s2", rows(11.5, 19.1, 19.8, 31.5, 20.9, 10.4, depthwise: 36_864)),
  ]

  @Test(arguments: measured.map(\.target))
  func publishedErrorCoversWhatWasMeasured(_ target: String) throws {
    let profile = try TargetCatalog.profile(target)
    let rows = try #require(Self.measured.first { $0.target == target }).rows
    for row in rows {
      let error = (row.cycles / row.estimate(profile) - 1) * 100
      #expect(error <= Double(profile.time.estimateErrorPercent.value), "\(row.name): \(error)")
    }
  }

  /// One measured model, which the estimate meets within a percent.
  @Test(arguments: ["esp32", "esp32-c3"])
  func anchoredChipsMeetTheirAnchor(_ target: String) throws {
    let profile = try TargetCatalog.profile(target)
    let row = try #require(Self.measured.first { $0.target == target }?.rows.first)
    #expect(abs(row.cycles / row.estimate(profile) - 1) < 0.01)
  }

  /// The rows that the coefficients were solved from.
  @Test func coefficientsSolveTheirRows() throws {
    let profile = try TargetCatalog.profile("esp32-s2")
    let rows = try #require(Self.measured.first { $0.target == "esp32-s2" }).rows
    let errors = rows.map { abs($0.cycles / $0.estimate(profile) - 1) }
    #expect(errors.enumerated().allSatisfy { $0.offset == 2 || $0.element < 0.002 })
    #expect((0.31..<0.33).contains(errors[2]))
  }

  /// Portable kernels on Cortex-M4: 52 instructions per MAC for the whole of okay_nabu.
  @Test func portableKernelsAddUpToTheCount() throws {
    let cycles = try TargetCatalog.profile("nrf52840").cycles
    func instructions(_ builtin: TFLiteBuiltin, _ macs: Int) -> Double {
      cycles.cycles(builtin, Cost(macs: macs, requantizations: 1)) / 1.5
    }
    #expect(abs(instructions(.conv2D, 20_736) - 955_434) < 200)
    #expect(abs(instructions(.depthwiseConv2D, 2_976) - 244_164) < 200)
    #expect(abs(instructions(.fullyConnected, 384) - 6_266) < 10)
  }
}
