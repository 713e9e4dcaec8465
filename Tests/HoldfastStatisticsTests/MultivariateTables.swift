import Glibc
import HoldfastStatistics

/// Tables by number: the ones that Golden/multivariate.py draws, and larger families of clean ones.
enum MultivariateTables {
    /// What is not the same in the candidate.
    enum Change: String, CaseIterable {
        case clean, shift, dense, correlation, spread, missing, category
    }

    private static func normals(_ stream: CounterStream, _ count: Int) -> [Double] {
        (0..<UInt64(count)).map { stream.normal($0) }
    }

    /// Ten columns of normal numbers, n0 ... n9, and one of categories, as multivariate.py's table.
    static func table(_ change: Change, rows: Int, seed: UInt64, isCandidate: Bool)
        -> SampleColumns
    {
        let side: UInt64 = isCandidate ? 100 : 0
        var z = (0..<UInt64(10)).map {
            normals(CounterStream(seed: seed, stream: side + $0), rows)
        }
        let extra = CounterStream(seed: seed, stream: side + 50)
        let dealt = CounterStream(seed: seed, stream: side + 51)
        var codes = (0..<UInt64(rows)).map { row in
            let chance = dealt.uniform(row)
            return Int32(100 * chance * chance)
        }
        if isCandidate {
            switch change {
            case .clean: break
            case .shift: z[3] = z[3].map { $0 + 0.3 }
            case .dense: z = z.map { $0.map { $0 + 0.1 } }
            case .correlation:
                z[7] = zip(z[2], z[7]).map { 0.7 * $0 + (1 - 0.49).squareRoot() * $1 }
            case .spread: z[5] = z[5].map { 1.5 * $0 }
            case .missing:
                for row in 0..<rows where extra.uniform(UInt64(row)) < 0.15 { z[1][row] = .nan }
            case .category:
                for row in 0..<rows where extra.uniform(UInt64(row)) < 0.1 { codes[row] = 100 }
            }
        }
        return SampleColumns(
            z.enumerated().map { SampleColumn("n\($0)", numbers: $1) }
                + [SampleColumn("code", categories: codes)])
    }

    static func pair(_ change: Change, rows: Int, seed: UInt64) -> (
        reference: SampleColumns, candidate: SampleColumns
    ) {
        (
            table(change, rows: rows, seed: seed, isCandidate: false),
            table(change, rows: rows, seed: seed, isCandidate: true)
        )
    }

    /// Categories of as many levels as given, one column each, even or crowded in turn.
    static func categories(_ levels: [Int], rows: Int, seed: UInt64, side: UInt64)
        -> SampleColumns
    {
        SampleColumns(
            levels.enumerated().map { index, levels in
                let chance = CounterStream(seed: seed, stream: 200 + 50 * side + UInt64(index))
                return SampleColumn(
                    "c\(index)",
                    categories: (0..<UInt64(rows)).map { row in
                        let place = chance.uniform(row)
                        return Int32(
                            Double(levels) * (index % 2 == 0 ? place : place * place * place))
                    })
            })
    }
}
