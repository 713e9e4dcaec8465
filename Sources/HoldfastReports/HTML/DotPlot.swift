/// Points in rows, each with an interval where it has one, against lines that must not be crossed.
struct DotPlot: Sendable {
    /// The names of the series: a point of each in every row.
    var series: [String]
    /// The rows, from the top.
    var rows: [Row]
    /// Values at which a dashed line stands.
    var limits: [Double] = []
    /// What the axis is of.
    var axisTitle: String
    /// Whether the axis is as long on both sides of 0; else it begins at 0.
    var isSymmetric: Bool
    /// How a value is written, on the axis (with the text it would have) and in the row.
    var format: @Sendable (Double) -> String
    var tickFormat: @Sendable (Double, String) -> String = { $1 }

    /// A name and its points.
    struct Row: Sendable {
        /// What the points are of.
        var name: String
        /// The point of each series; `nil` where there is none.
        var points: [Point?]
        /// What stands right in place of the first point's value.
        var note: String?
        /// Whether it must not be missed.
        var isAlarm = false
    }

    /// A value, and the ends of its interval.
    struct Point: Sendable {
        /// The value.
        var value: Double
        /// The interval's ends.
        var interval: (low: Double, high: Double)?
    }

    /// How many times a limit the axis reaches at most.
    static let reachLimit = 10.0
    /// The most rows of one drawing: a sheet of paper has room for them.
    static let rowLimit = 30

    /// The rows at a width, in as many drawings as they need, all on one scale.
    func draw(_ width: Double) -> [Drawing] {
        guard !rows.isEmpty else { return [.nothing("nothing to compare", width: width)] }
        // As many in each, so that the last is not a single row.
        let count = (rows.count + DotPlot.rowLimit - 1) / DotPlot.rowLimit
        let size = (rows.count + count - 1) / count
        return stride(from: 0, to: rows.count, by: size).map { first in
            draw(Array(rows[first..<min(first + size, rows.count)]), width)
        }
    }

    private func draw(_ rows: [Row], _ width: Double) -> Drawing {
        var drawing = Drawing(width: width)
        let isNarrow = width < 500
        var y = series.count > 1 ? drawing.legend(series, style: .marks, y: 0) + 4 : 0
        let noteRoom = notesWidth(width)
        let names = self.rows.map { TextWidth.estimate($0.name, size: Drawing.textSize) }.max() ?? 0
        let left = isNarrow ? 14 : min(names + 14, (width * 0.42).rounded())
        let right = isNarrow ? width - 14 : width - noteRoom - 14
        let scale = scale(from: left, to: right)
        let top = y
        let rowHeight = isNarrow ? 40.0 : 26
        let foot = top + Double(rows.count) * rowHeight + 4
        drawing.horizontalAxis(scale, top: top, y: foot, format: tickFormat)
        drawing.line(
            x1: scale.place(0), y1: top, x2: scale.place(0), y2: foot, style: "axis")
        for limit in limits where !scale.isBeyond(limit) {
            let x = scale.place(limit)
            drawing.line(x1: x, y1: top, x2: x, y2: foot, style: "limit")
        }
        for row in rows {
            let base = isNarrow ? y + 30 : y + 14
            drawing.text(
                row.name, x: 0, y: y + (isNarrow ? 15 : 18.5),
                room: isNarrow ? width - noteRoom - 14 : left - 12,
                style: row.isAlarm ? "over t-bad" : "over t", isBold: row.isAlarm)
            drawing.text(
                note(row), x: width, y: y + (isNarrow ? 15 : 18.5), anchor: .end,
                room: noteRoom + 1,
                style: row.isAlarm ? "over t-bad" : "over t-soft", isBold: row.isAlarm)
            for (place, point) in row.points.enumerated() {
                guard let point else { continue }
                draw(point, of: row, series: place, y: base, scale, &drawing)
            }
            y += rowHeight
        }
        drawing.text(
            axisTitle, x: (left + right) / 2, y: foot + 34, anchor: .middle,
            room: min(width, right - left + 2 * min(left, width - right)), style: "t-soft")
        return drawing
    }

    private func draw(
        _ point: Point, of row: Row, series: Int, y: Double, _ scale: Scale,
        _ drawing: inout Drawing
    ) {
        let place = series % StyleSheet.seriesCount
        // Points of one row that lie on each other are still told apart by their shapes.
        if let (low, high) = point.interval, !low.isNaN, !high.isNaN {
            let style = row.isAlarm ? "alarm-line" : "o\(place)"
            let (from, to) = (scale.place(low), scale.place(high))
            drawing.path([(from, y), (to, y)], style: style)
            for (end, value, way) in [(from, low, 1.0), (to, high, -1.0)] {
                // An arrow where the interval goes on.
                let tip = scale.isBeyond(value) ? 5 * way : 0
                drawing.path(
                    [
                        (end + tip, y - 4), (end, scale.isBeyond(value) ? y : y - 4),
                        (end + tip, y + 4),
                    ],
                    style: style)
            }
        }
        let isAlarm = row.isAlarm && self.series.count == 1
        let x = scale.place(point.value)
        if scale.isBeyond(point.value) {
            // It points to where it would lie.
            let way = point.value < 0 ? -1.0 : 1
            drawing.path(
                [(x, y - 6), (x + 8 * way, y), (x, y + 6)],
                style: isAlarm ? "alarm" : Drawing.markStyle(place), isClosed: true)
        } else {
            drawing.mark(
                isAlarm ? 3 : place, x: x, y: y,
                style: isAlarm ? "alarm" : Drawing.markStyle(place),
                title: "\(row.name), \(self.series[series]): \(format(point.value))")
        }
    }

    private func note(_ row: Row) -> String {
        row.note ?? row.points.first.flatMap { $0 }.map { format($0.value) } ?? "-"
    }

    private func notesWidth(_ width: Double) -> Double {
        let widest =
            rows.map {
                TextWidth.estimate(note($0), size: Drawing.textSize, isBold: $0.isAlarm)
            }.max() ?? 0
        return min(widest, width * 0.35)
    }

    /// Made for the points and the limits: an interval that is much longer ends in an arrow.
    private func scale(from start: Double, to end: Double) -> Scale {
        let points = rows.flatMap(\.points).compactMap { $0 }
        let values = points.map(\.value).filter(\.isFinite)
        let ends = points.compactMap(\.interval).flatMap { [$0.low, $0.high] }.filter(\.isFinite)
        let limit = limits.map(abs).max() ?? 0
        // A point far beyond a limit lies at the edge: all others would be pressed together.
        let most = limit > 0 ? limit * DotPlot.reachLimit : .infinity
        let farthest = min(max(values.map(abs).max() ?? 0, limit * 1.5), most)
        let reach = min(max(ends.map(abs).max() ?? 0, farthest), farthest * 2)
        guard isSymmetric else {
            return Scale(
                min(values.min() ?? 0, 0), reach == 0 ? 0.01 : reach * 1.05, from: start, to: end)
        }
        let both = reach == 0 ? 1 : reach * 1.05
        return Scale(-both, both, from: start, to: end)
    }
}
