/// One value of two samples, with all rows of either that have it, and what lies below.
///
/// The masses add up to the two samples' effective counts: each row is 1 where rows have no
/// weights.
struct Tie {
    /// The value.
    let value: Double
    /// The distance to the next value of either sample, 0 at the last one.
    let gap: Double
    /// The reference's mass at the value.
    let reference: Double
    /// The candidate's mass at the value.
    let candidate: Double
    /// The reference's mass below the value.
    let referenceBelow: Double
    /// The candidate's mass below the value.
    let candidateBelow: Double

    /// The mass of both at the value.
    @inline(__always) var both: Double { reference + candidate }
    /// The reference's mass below the value and half of that at it.
    @inline(__always) var referenceMiddle: Double { referenceBelow + reference / 2 }
    /// The candidate's mass below the value and half of that at it.
    @inline(__always) var candidateMiddle: Double { candidateBelow + candidate / 2 }

    /// Calls `body` with each value of two samples in ascending order.
    @inline(__always)
    static func forEach(
        _ reference: OrderedSample, _ candidate: OrderedSample, _ body: (Tie) -> Void
    ) {
        reference.values.withUnsafeBufferPointer { x in
            candidate.values.withUnsafeBufferPointer { y in
                switch (reference.masses, candidate.masses) {
                case (nil, nil):
                    merge(x, y, { _ in 1 }, { _ in 1 }, body)
                case (let masses?, nil):
                    let scale = reference.effectiveCount / reference.total
                    masses.withUnsafeBufferPointer { masses in
                        merge(x, y, { masses[$0] * scale }, { _ in 1 }, body)
                    }
                case (nil, let masses?):
                    let scale = candidate.effectiveCount / candidate.total
                    masses.withUnsafeBufferPointer { masses in
                        merge(x, y, { _ in 1 }, { masses[$0] * scale }, body)
                    }
                case (let one?, let two?):
                    let scales = (
                        reference.effectiveCount / reference.total,
                        candidate.effectiveCount / candidate.total
                    )
                    one.withUnsafeBufferPointer { one in
                        two.withUnsafeBufferPointer { two in
                            merge(x, y, { one[$0] * scales.0 }, { two[$0] * scales.1 }, body)
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func merge(
        _ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>,
        _ xMass: (Int) -> Double, _ yMass: (Int) -> Double, _ body: (Tie) -> Void
    ) {
        var (i, j) = (0, 0)
        var (below, candidateBelow) = (0.0, 0.0)
        var left = i < x.count ? x[i] : .infinity
        var right = j < y.count ? y[j] : .infinity
        while i < x.count || j < y.count {
            let value = min(left, right)
            var (one, two) = (0.0, 0.0)
            while left == value {
                one += xMass(i)
                i += 1
                left = i < x.count ? x[i] : .infinity
            }
            while right == value {
                two += yMass(j)
                j += 1
                right = j < y.count ? y[j] : .infinity
            }
            let next = min(left, right)
            body(
                Tie(
                    value: value, gap: next == .infinity ? 0 : next - value, reference: one,
                    candidate: two, referenceBelow: below, candidateBelow: candidateBelow))
            below += one
            candidateBelow += two
        }
    }
}
