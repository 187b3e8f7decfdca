/// At which rows of a stream a teacher's steps end.
struct TeacherSteps {
  /// The row that the first step ends with.
  let first: Int
  let stride: Int

  /// The step of `count` that ends nearest to row `end`; of two the earlier one, which has heard no more than the student.
  ///
  /// - Returns: nil when the nearest one is half a stride or more away because there is none before it, or a stride
  ///   because there is none after it.
  func step(endingAt end: Int, of count: Int) -> Int? {
    let rows = end - first + (stride - 1) / 2
    guard rows >= 0, count > 0 else { return nil }
    let nearest = rows / stride
    if nearest < count { return nearest }
    return end - (first + (count - 1) * stride) < stride ? count - 1 : nil
  }
}
