/// How many standard errors an interval must reach to end at a value: what turns any kind of
/// interval into a p-value that agrees with it.
enum IntervalReach {
    /// The largest reach at which the interval does not hold the value, by bisection; 0 where the
    /// estimate is that value, and 40 where none holds it, of which the normal p-value is 0.
    ///
    /// - Parameter interval: which grows with its reach; `nil` where it has no ends, and holds all.
    static func ending(
        at value: Double, of estimate: Double, _ interval: (Double) -> Interval?
    ) -> Double {
        guard estimate != value else { return 0 }
        func holds(_ reach: Double) -> Bool {
            guard let interval = interval(reach) else { return true }
            return interval.lower <= value && value <= interval.upper
        }
        var (low, high) = (0.0, 40.0)
        if !holds(high) { return high }
        while true {
            let middle = (low + high) / 2
            if middle <= low || middle >= high { return middle }
            if holds(middle) { high = middle } else { low = middle }
        }
    }
}
