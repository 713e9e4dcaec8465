/// What was randomised, and which rows belong to it: rows themselves, or the clusters of both arms.
///
/// Codes become places from 0, in the order in which control's rows and then treatment's meet them.
struct RandomisedUnits {
    /// The place of each row's cluster, of control and of treatment; `nil` where rows were dealt.
    let places: (control: [Int], treatment: [Int])?
    /// How many clusters there are, or rows.
    let count: Int
    /// How many of them have rows in each arm.
    let counts: (control: Int, treatment: Int)
    /// The rows of both arms.
    let rows: Int

    /// Whether any cluster has rows in both arms.
    var isShared: Bool { counts.control + counts.treatment > count }

    /// The units of two arms; clusters count where both arms name them.
    init(control: ArmRows, treatment: ArmRows) {
        let (one, two) = (control.values.count, treatment.values.count)
        rows = one + two
        guard let first = control.clusters, let second = treatment.clusters else {
            places = nil
            count = rows
            counts = (one, two)
            return
        }
        var known: [Int32: Int] = [:]
        func place(_ code: Int32) -> Int {
            if let place = known[code] { return place }
            known[code] = known.count
            return known.count - 1
        }
        let places = (control: first.map(place), treatment: second.map(place))
        self.places = places
        count = known.count
        counts = (Set(places.control).count, Set(places.treatment).count)
    }

    /// The arm that has fewer than two units, as a fault.
    var fault: EffectFault? {
        func few(_ arm: EffectArm) -> EffectFault {
            places == nil ? .oneRow(arm) : .fewerThanTwoClusters(arm)
        }
        if counts.control < 2 { return few(.control) }
        return counts.treatment < 2 ? few(.treatment) : nil
    }

    /// Control's parts and treatment's, added up by unit; as they are where rows were dealt.
    func sums(control: [Double], treatment: [Double]) -> (control: [Double], treatment: [Double]) {
        guard let places else { return (control, treatment) }
        return (
            Self.sums(control, places.control, count), Self.sums(treatment, places.treatment, count)
        )
    }

    private static func sums(_ parts: [Double], _ places: [Int], _ count: Int) -> [Double] {
        var sums = [Double](repeating: 0, count: count)
        for (part, place) in zip(parts, places) { sums[place] += part }
        return sums
    }
}
