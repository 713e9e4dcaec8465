/// The rows of each cluster, one after the other.
///
///     let clusters = ClusterRows([1, 0, 1])
///     clusters.count        // 2
///     clusters.rows(1)      // [0, 2]
///
/// Rows of one household or customer are not independent: what is estimated from them varies with
/// the clusters, not with the rows. Codes are dense from 0; a cluster without a row is none.
package struct ClusterRows: Sendable {
    private let order: [Int32]
    private let starts: [Int]

    /// The rows by their clusters' codes.
    package init(_ codes: [Int32]) {
        precondition(codes.count < Int(Int32.max), "places are 32 bits wide")
        var starts = [Int](repeating: 0, count: Int(codes.max() ?? -1) + 2)
        for code in codes {
            precondition(code >= 0, "each row is of a cluster")
            starts[Int(code) + 1] += 1
        }
        for place in 1..<max(1, starts.count) { starts[place] += starts[place - 1] }
        var next = starts
        var order = [Int32](repeating: 0, count: codes.count)
        for (row, code) in codes.enumerated() {
            order[next[Int(code)]] = Int32(row)
            next[Int(code)] += 1
        }
        self.order = order
        self.starts = starts
    }

    /// The largest code and one.
    package var count: Int { starts.count - 1 }

    /// The rows of a cluster, in their order.
    package func rows(_ cluster: Int) -> ArraySlice<Int32> {
        order[starts[cluster]..<starts[cluster + 1]]
    }
}
