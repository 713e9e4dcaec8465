import Glibc

/// A weighted mean of what rows have each, such as their losses, with its sandwich variance.
///
///     let mean = RowMean(of: [1, 2, 3, 6])
///     mean?.value           // 3.0
///     mean?.standardError   // 1.0801…
///
/// V = Σ w²(x − m)²/(Σ w)² · k/(k − 1) for k = (Σ w)²/Σ w², P. J. Huber's ("The behavior of maximum
/// likelihood estimates under nonstandard conditions", 1967): rows are independent, weights need
/// not be the inverse of a variance. `nil` without rows.
package struct RowMean: Sendable, Equatable {
    /// The mean.
    package let value: Double
    /// Its standard error; `nil` for fewer than two rows, or rows that are all alike.
    package let standardError: Double?
    /// The rows of equal weight that tell as much (Kish's effective sample size).
    package let size: Double

    package init?(of values: [Double], weights: [Double]? = nil) {
        if let weights {
            self.init(count: values.count, of: { values[$0] }, weight: { weights[$0] })
        } else {
            self.init(count: values.count, of: { values[$0] }, weight: { _ in 1 })
        }
    }

    /// The mean of what is answered by place.
    @inline(__always)
    init?(count: Int, of value: (Int) -> Double, weight: (Int) -> Double) {
        self.init(
            count: count, of: value,
            weights: { place in
                let weight = weight(place)
                return (weight, weight * weight)
            })
    }

    /// The same of places that stand for several rows alike: the sums of their weights and of the
    /// squares of those.
    @inline(__always)
    init?(count: Int, of value: (Int) -> Double, weights: (Int) -> (Double, Double)) {
        var (sum, squares, total) = (0.0, 0.0, 0.0)
        for place in 0..<count {
            let (weight, square) = weights(place)
            sum += weight
            squares += square
            // What has no weight may be infinite.
            if weight != 0 { total += weight * value(place) }
        }
        guard sum > 0 else { return nil }
        let mean = total / sum
        var spread = 0.0
        for place in 0..<count {
            let (_, square) = weights(place)
            let distance = value(place) - mean
            if square != 0 { spread += square * distance * distance }
        }
        self.value = mean
        size = sum * sum / squares
        // What rounding leaves of rows that are all alike is no spread.
        standardError =
            size > 1 && spread > 1e-22 * mean * mean * squares
            ? (spread * size / (size - 1)).squareRoot() / sum : nil
    }

    /// The standard error of a figure, √(Σ w²ψ² · k/(k − 1)), by what each row moves it where it
    /// gains weight: the infinitesimal jackknife (L. A. Jaeckel, 1972). `nil` where no row does.
    static func error(of moved: [Double], _ weights: [Double]?) -> Double? {
        var (variance, total, squares) = (0.0, 0.0, 0.0)
        for row in moved.indices {
            let weight = weights?[row] ?? 1
            variance += weight * weight * moved[row] * moved[row]
            total += weight
            squares += weight * weight
        }
        let size = total * total / squares
        return size > 1 && variance > 0 ? (variance * size / (size - 1)).squareRoot() : nil
    }

    /// The quantile that an interval of a level reaches to: Student's with as many degrees of
    /// freedom as there are rows, less one.
    package func quantile(level: Double) -> Double? {
        size > 1
            ? StudentT.exceeded(by: (1 - level) / 2, degreesOfFreedom: size - 1) : nil
    }

    /// The mean with its interval on a scale.
    package func estimate(_ scale: FigureScale, level: Double) -> FigureEstimate {
        let interval = quantile(level: level).flatMap {
            scale.interval(around: value, standardError: standardError, quantile: $0)
        }
        return FigureEstimate(value, standardError: standardError, interval: interval)
    }
}
