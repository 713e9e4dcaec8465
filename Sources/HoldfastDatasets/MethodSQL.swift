internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// Where a unit stands in a rotation, by its bucket and a time, as SQL.
struct RotationSQL {
    let rotation: Rotation
    /// The bucket by which the panel is found.
    let bucket: SQL
    /// The moment, in microseconds since 1970.
    let time: SQL

    /// By a decision's stored bucket and its time.
    static func stored(_ rotation: Rotation) -> RotationSQL {
        RotationSQL(rotation: rotation, bucket: "d.bucket", time: "d.decided_at")
    }

    private var panels: Int64 { Int64(rotation.panels) }
    private var product: SQL { "(\(bucket) * \(panels))" }
    private var elapsed: SQL { "(\(time) - \(rotation.from.microseconds))" }

    /// The place within the panel, as a bucket.
    var rest: SQL { "(\(product) % \(Int64(Bucket.count)))" }

    /// How many periods of control are left after this one; `stay` or more outside control.
    var place: SQL {
        let panel = floorQuotient(product, Int64(Bucket.count))
        let period = floorQuotient(elapsed, rotation.every.microseconds)
        return floorRemainder("(\(panel) - \(period))", panels)
    }

    /// The time since the stretch of control began in which the moment lies.
    var sinceStart: SQL {
        let every = rotation.every.microseconds
        return """
            (\(floorRemainder(elapsed, every)) + \(every) * (\(Int64(rotation.stay) - 1) - \(place)))
            """
    }
}

/// What the band of a score gives, as SQL; `value` is told the band's place.
func byBand(
    _ bands: [Dealing.Band], score: SQL, _ value: (Int, Dealing.Band) -> SQL
) -> SQL {
    // One band alone would be a CASE without a condition, which engines do not take.
    if bands.count == 1 { return value(0, bands[0]) }
    let cases = bands.enumerated().map { index, band -> SQL in
        let value = value(index, band)
        return band.below.map { "WHEN \(score) < \($0) THEN \(value) " } ?? "ELSE \(value) "
    }
    return "CASE \(SQL.joined(cases, by: ""))END"
}
