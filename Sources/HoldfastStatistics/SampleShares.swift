extension OrderedSample {
    /// The share of the rows whose value is at most `value`; 0 without a row.
    public func share(atMost value: Double) -> Double {
        shares(upTo: [value])[0]
    }

    /// The share of the rows whose value is below `value`; 0 without a row.
    public func share(below value: Double) -> Double {
        // The doubles have no value between this one and the next below.
        shares(upTo: [value.nextDown])[0]
    }

    /// The mass of the rows whose value is at most each of the edges, which ascend.
    func masses(upTo edges: [Double]) -> [Double] {
        var mass = 0.0
        var done = 0
        return edges.map { edge in
            let place = firstPlace(above: edge)
            if let masses {
                for index in done..<max(done, place) { mass += masses[index] }
                done = max(done, place)
                return min(mass, total)
            }
            return Double(place)
        }
    }

    private func shares(upTo edges: [Double]) -> [Double] {
        guard total > 0 else { return edges.map { _ in 0 } }
        return masses(upTo: edges).map { $0 / total }
    }

    /// The place of the first value above `edge`, by halving.
    private func firstPlace(above edge: Double) -> Int {
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if values[middle] <= edge { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The value below which a part `level` of the rows lies, `level` from 0 to 1; `nil` without a
    /// row.
    ///
    ///     OrderedSample([1, 2, 3, 4]).quantile(0.25)      // 1.75
    ///
    /// Without weights it lies between the two rows nearest to level · (n − 1), counted from 0, in
    /// proportion: definition 7 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical
    /// packages" (1996), and what NumPy calls linear. With weights, and of a sketch, it is the
    /// smallest value whose share, with all below, is at least `level` (definition 1): to go part
    /// of the way between two rows has no one meaning where rows have weights.
    public func quantile(_ level: Double) -> Double? { quantiles([level])?[0] }

    /// The quantiles at several levels, which ascend, in one pass.
    func quantiles(_ levels: [Double]) -> [Double]? {
        precondition(levels.allSatisfy { $0 >= 0 && $0 <= 1 }, "a level lies between 0 and 1")
        guard count > 0 else { return nil }
        var place = 0
        var mass = masses?[0] ?? 0
        func advance(to target: Double) {
            guard let masses else { return }
            while mass < target && place + 1 < masses.count {
                place += 1
                mass += masses[place]
            }
        }
        /// The row that has `rank` rows before it.
        func row(_ rank: Int) -> Double {
            guard masses != nil else { return values[rank] }
            advance(to: Double(rank + 1))
            return values[place]
        }
        return levels.map { level in
            if isWeighted || rankError > 0 {
                advance(to: level * total)
                return values[place]
            }
            let position = level * Double(count - 1)
            let rank = Int(position)
            let low = row(rank)
            // The next row is not asked for by `advance`: the next level may need this one again.
            let high = rank + 1 < count && masses == nil ? values[rank + 1] : next(after: rank)
            return Self.between(low, high, position - Double(rank))
        }

        func next(after rank: Int) -> Double {
            guard masses != nil, rank + 1 < count else { return values[place] }
            return mass >= Double(rank + 2) ? values[place] : values[place + 1]
        }
    }

    /// From the nearer end, so that both ends are met exactly.
    private static func between(_ low: Double, _ high: Double, _ part: Double) -> Double {
        let whole = high - low
        guard whole.isFinite else { return low * (1 - part) + high * part }
        return part < 0.5 ? low + whole * part : high - whole * (1 - part)
    }
}
