/// How many letters have to be put in, taken out, replaced, or swapped with their neighbour to make one word the other:
/// the optimal string alignment distance. Takes the product of their lengths. Letters are Unicode scalars: comparing
/// whole characters would take ten times as long.
func editDistance(from a: String, to b: String) -> Int {
  let (a, b) = (Array(a.unicodeScalars), Array(b.unicodeScalars))
  // The last three rows of the table whose row i and column j hold the distance of a's first i letters to b's first j.
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var edits = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { edits = min(edits, beforeLast[j - 1] + 1) }
      row.append(edits)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
