/// What rows a model has seen, so that others can be told: values beyond train's range, categories
/// that train has not, and usual values in a combination that train has not.
///
///     let region = KnownRegion(train: [height, weight], seed: 1)
///     let outside = region.outside([newHeight, newWeight])
///     outside.columns[0][3]     // true: row 3's height is beyond train's
///     outside.jointly?[4]       // true: short, heavy, and no row of train is like it
///
/// Jointly: a row's distance is the mean distance to its ``neighbours`` nearest rows among at most
/// ``atlasLimit`` rows of train. Between rows it is the mean over columns of the difference of
/// ranks in train (J. C. Gower, "A general coefficient of similarity and some of its properties",
/// 1971), 1 for another category or where one of the two has no value. A row is outside where its
/// distance exceeds the 99th percentile of rows of train that are *not* in the atlas, the place
/// ⌈0.99(m + 1)⌉ of m: of rows like train's at most 1 % are (V. Vovk, A. Gammerman and G. Shafer,
/// "Algorithmic learning in a random world", 2005). `nil` with fewer than ``leastRows`` rows.
///
/// In many columns most rows are about equally far apart, and odd combinations of two drown.
package struct KnownRegion: Sendable {
    /// The rows of train that others are held against, at most.
    package static let atlasLimit = 1_000
    /// The rows of train that give the threshold, at most.
    static let thresholdLimit = 2_000
    /// The neighbours that a distance is the mean of.
    package static let neighbours = 3
    /// The least rows of train for a threshold: half of them are held out, and 99 are needed.
    package static let leastRows = 200

    /// For each row, whether it is outside.
    package struct Outside: Sendable, Equatable {
        /// By column and row.
        package var columns: [[Bool]]
        /// By row; `nil` where train is too small to tell.
        package var jointly: [Bool]?
    }

    private let columns: [Ranked]
    private let atlas: [[Float]]
    /// The distance beyond which a row is outside.
    package let threshold: Double?

    /// Learns a region from rows of train, columns of one length.
    package init(train: [SampleColumn], seed: UInt64) {
        let ranked = train.map { Ranked($0) }
        columns = ranked
        let chance = CounterStream(seed: seed, stream: 92)
        let count = train.first?.values.count ?? 0
        let order = NumberOrder.ascending((0..<UInt64(count)).map { chance.uniform($0) })
        let size = min(Self.atlasLimit, count / 2)
        func rows(_ places: ArraySlice<Int32>) -> [[Float]] {
            let all = zip(ranked, train).map { $0.places(of: $1, rows: places.map { Int($0) }) }
            return places.indices.map { row in all.map { $0[row - places.startIndex] } }
        }
        let atlas = rows(order[..<size])
        self.atlas = atlas
        guard count >= Self.leastRows else {
            threshold = nil
            return
        }
        let held = rows(order[size..<min(count, size + Self.thresholdLimit)])
        let kinds = ranked.map(\.isNumber)
        let distances = held.map { Self.distance($0, atlas, kinds) }.sorted()
        let place = Int((0.99 * Double(distances.count + 1)).rounded(.up))
        threshold = place <= distances.count ? distances[place - 1] : nil
    }

    /// Which rows are outside; of `jointly` only those asked for, in that order.
    package func outside(_ rows: [SampleColumn], jointly places: [Int]? = nil) -> Outside {
        precondition(rows.count == columns.count, "the columns of train")
        let apart = zip(columns, rows).map { $0.isOutside($1) }
        guard let threshold else { return Outside(columns: apart, jointly: nil) }
        let picked = places ?? Array(0..<(rows.first?.values.count ?? 0))
        let cells = zip(columns, rows).map { $0.places(of: $1, rows: picked) }
        let kinds = columns.map(\.isNumber)
        let jointly = picked.indices.map { row in
            Self.distance(cells.map { $0[row] }, atlas, kinds) > threshold
        }
        return Outside(columns: apart, jointly: jointly)
    }

    /// The mean distance to the nearest rows of the atlas.
    private static func distance(_ row: [Float], _ atlas: [[Float]], _ isNumber: [Bool]) -> Double {
        var nearest = [Float](repeating: .infinity, count: neighbours)
        for other in atlas {
            var sum: Float = 0
            for place in row.indices {
                let (one, two) = (row[place], other[place])
                if one.isNaN || two.isNaN {
                    sum += one.isNaN && two.isNaN ? 0 : 1
                } else {
                    sum += isNumber[place] ? min(1, abs(one - two)) : (one == two ? 0 : 1)
                }
                if sum >= nearest[neighbours - 1] { break }
            }
            guard sum < nearest[neighbours - 1] else { continue }
            var place = neighbours - 1
            while place > 0, nearest[place - 1] > sum {
                nearest[place] = nearest[place - 1]
                place -= 1
            }
            nearest[place] = sum
        }
        return Double(nearest.reduce(0, +)) / Double(neighbours * max(1, row.count))
    }
}

extension KnownRegion {
    /// A column of train: its numbers in order, or the categories it has.
    private enum Ranked: Sendable {
        case numbers([Double])
        case categories(Set<Int32>)

        init(_ column: SampleColumn) {
            switch column.values {
            case .numbers(let numbers):
                self = .numbers(numbers.filter(\.isFinite).sorted())
            case .categories(let codes): self = .categories(Set(codes.filter { $0 >= 0 }))
            }
        }

        var isNumber: Bool {
            switch self {
            case .numbers: true
            case .categories: false
            }
        }

        /// A missing value is outside nothing: how often values are missing is another question.
        func isOutside(_ column: SampleColumn) -> [Bool] {
            switch (self, column.values) {
            case (.numbers(let known), .numbers(let numbers)):
                guard let first = known.first, let last = known.last else {
                    return numbers.map { !$0.isNaN }
                }
                return numbers.map { $0 < first || $0 > last }
            case (.categories(let known), .categories(let codes)):
                return codes.map { $0 >= 0 && !known.contains($0) }
            case (.numbers, .categories), (.categories, .numbers):
                preconditionFailure("a column keeps its kind")
            }
        }

        /// Ranks from 0 to 1 or codes, NaN where there is no value.
        func places(of column: SampleColumn, rows: [Int]) -> [Float] {
            switch (self, column.values) {
            case (.numbers(let known), .numbers(let numbers)):
                return rows.map { Self.rank(of: numbers[$0], in: known) }
            case (.categories, .categories(let codes)):
                return rows.map { codes[$0] < 0 ? .nan : Float(codes[$0]) }
            case (.numbers, .categories), (.categories, .numbers):
                preconditionFailure("a column keeps its kind")
            }
        }

        /// The share of train below, ties half; beyond its ends as far as the range goes on.
        private static func rank(of value: Double, in known: [Double]) -> Float {
            guard !value.isNaN, let first = known.first, let last = known.last else { return .nan }
            let range = last - first
            if value < first { return range > 0 ? Float((value - first) / range) : -1 }
            if value > last { return range > 0 ? Float(1 + (value - last) / range) : 2 }
            let below = place(known) { $0 < value }
            let upTo = place(known) { $0 <= value }
            return Float(Double(below + upTo) / Double(2 * known.count))
        }

        private static func place(_ known: [Double], _ isBefore: (Double) -> Bool) -> Int {
            var (low, high) = (0, known.count)
            while low < high {
                let middle = (low + high) / 2
                if isBefore(known[middle]) { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }
}
