/// A table's rows gathered by unit, in the order in which units first come.
struct AnalysisUnits {
    /// The arm of each unit: that of its first row.
    private(set) var arm: [Int32] = []
    /// Each unit's first row in the table.
    private(set) var first: [Int] = []
    /// Units that have rows in several arms.
    private(set) var moved = 0
    /// Rows whose unit is not known.
    private(set) var withoutUnit = 0
    /// Rows with an arm.
    let rowCount: Int
    private let order: [Int]
    /// The unit of each row of ``order``, or -1.
    private var unitOfPlace: [Int32] = []
    private let times: [Double]?
    private let isGathered: Bool

    /// Gathers the rows of `order`, by the codes of their units where there are any.
    init(order: [Int], unit: [Int32]?, arm armOfRow: [Int32], times: [Double]?) {
        self.order = order
        self.times = times
        rowCount = order.count
        isGathered = unit != nil
        guard let unit else {
            arm = order.map { armOfRow[$0] }
            first = order
            return
        }
        var placeOfCode: [Int32: Int32] = [:]
        var movedUnits = Set<Int32>()
        unitOfPlace.reserveCapacity(order.count)
        for row in order {
            guard unit[row] >= 0 else {
                withoutUnit += 1
                unitOfPlace.append(-1)
                continue
            }
            if let place = placeOfCode[unit[row]] {
                if arm[Int(place)] != armOfRow[row] { movedUnits.insert(place) }
                unitOfPlace.append(place)
                continue
            }
            let place = Int32(arm.count)
            placeOfCode[unit[row]] = place
            arm.append(armOfRow[row])
            first.append(row)
            unitOfPlace.append(place)
        }
        moved = movedUnits.count
    }

    var count: Int { arm.count }

    /// Rows of units that had come before.
    var laterRows: Int { rowCount - withoutUnit - count }

    /// Hands over each row with its unit.
    func each(_ body: (_ unit: Int, _ row: Int) -> Void) {
        guard isGathered else {
            for (unit, row) in order.enumerated() { body(unit, row) }
            return
        }
        for (place, row) in order.enumerated() where unitOfPlace[place] >= 0 {
            body(Int(unitOfPlace[place]), row)
        }
    }

    /// What each unit's rows add up to; NaN where none has a value.
    func sums(_ values: [Double]) -> [Double] {
        var sums = [Double](repeating: .nan, count: count)
        each { unit, row in
            guard !values[row].isNaN else { return }
            sums[unit] = sums[unit].isNaN ? values[row] : sums[unit] + values[row]
        }
        return sums
    }

    /// 1 where any of a unit's rows is not 0; NaN where none has a value.
    func any(_ values: [Double]) -> [Double] {
        var any = [Double](repeating: .nan, count: count)
        each { unit, row in
            guard !values[row].isNaN else { return }
            any[unit] = max(any[unit].isNaN ? 0 : any[unit], values[row] == 0 ? 0 : 1)
        }
        return any
    }

    /// What each unit's rows add in each week since its first: of the weeks for which every unit
    /// was seen, from its first row to the last of the table. `nil` where units have one row.
    func weekly(_ values: [Double]) -> WeeklyValues? {
        guard isGathered, laterRows > 0, let times else { return nil }
        let known = first.map { times[$0] }.filter { !$0.isNaN }
        let last = order.map { times[$0] }.filter { !$0.isNaN }.max()
        guard let last, let latest = known.max(), known.count == count else { return nil }
        let week = Double(WeeklyValues.week)
        let weeks = ((last - latest) / week).rounded(.down)
        guard weeks >= 1 else { return nil }
        var weekly = WeeklyValues(weeks: Int(min(weeks, Double(WeeklyValues.limit))))
        each { unit, row in
            let since = ((times[row] - times[first[unit]]) / week).rounded(.down)
            guard since >= 0, since < Double(weekly.weeks), values[row] != 0, !values[row].isNaN
            else { return }
            weekly.entries.append((Int32(unit), Int32(since), values[row]))
        }
        return weekly
    }
}
