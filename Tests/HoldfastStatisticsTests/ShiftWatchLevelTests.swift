import Glibc
import HoldfastStatistics
import Testing

/// The level and the power of ``ShiftWatch`` where rows are taken in blocks and rows of the
/// reference meet two, four and more of operation.
@Suite struct ShiftWatchLevelTests {
    /// Columns of one kind each; the first one moves by `shift`.
    private enum Kind: CaseIterable {
        case continuous, tied, fewCategories, manyCategories

        func column(_ count: Int, _ chance: CounterStream, _ from: UInt64, shift: Double = 0)
            -> SampleColumn
        {
            let base = (0..<UInt64(count)).map { chance.normal(from + $0) + shift }
            return switch self {
            case .continuous: SampleColumn("continuous", numbers: base)
            case .tied: SampleColumn("tied", numbers: base.map { ($0 * 1.5).rounded() })
            case .fewCategories:
                SampleColumn(
                    "few", categories: base.map { $0 < -1 ? -1 : $0 < 0.5 ? 0 : $0 < 1.5 ? 1 : 2 })
            case .manyCategories:
                // About equally frequent: which ones a sample holds most of is chance alone.
                SampleColumn(
                    "many", categories: base.map { Int32(200 * 0.5 * erfc($0 / 2.squareRoot())) })
            }
        }
    }

    /// 600 rows of reference in blocks of 5, and three times as many of operation.
    private func watch(_ kinds: [Kind], seed: UInt64, shift: Double = 0) -> ShiftWatch {
        let chance = CounterStream(seed: seed, stream: 12)
        func columns(_ count: Int, _ from: UInt64, _ shift: Double) -> [SampleColumn] {
            kinds.enumerated().map { place, kind in
                kind.column(
                    count, chance, from + UInt64(place) * 10_000, shift: place == 0 ? shift : 0)
            }
        }
        return ShiftWatch(
            reference: columns(600, 0, 0), operation: columns(1_800, 100_000, shift),
            alpha: 0.05, seed: seed, pairLimit: 50)
    }

    @Test func `a clean run in blocks alarms no oftener than it promised, in any kind of column`() {
        let sets = Kind.allCases.map { [$0] } + [Kind.allCases + [.continuous]]
        for kinds in sets {
            let alarms = (0..<150 as Range<UInt64>).filter { watch(kinds, seed: $0).alarm != nil }
            // 7.5 at most on average, with a standard deviation of 2.7: 16 are beyond three.
            #expect(alarms.count <= 15, "\(kinds): seeds \(alarms)")
        }
    }

    @Test func `a shift is found in blocks too, where categories are few`() {
        for kind in [Kind.continuous, .tied, .fewCategories] {
            let missed = (0..<30 as Range<UInt64>).filter {
                watch([kind], seed: $0, shift: 0.6).alarm == nil
            }
            #expect(missed.count <= 3, "\(kind): seeds \(missed)")
        }
    }
}
