internal import HoldfastLedger

/// Prometheus's text exposition format 0.0.4, written figure by figure.
///
///     var text = Exposition()
///     text.begin("facts_total", .counter, "Facts that were answered.")
///     text.add(20_061, [("kind", "exposure"), ("result", "accepted")])
///     // # HELP holdfast_facts_total Facts that were answered.
///     // # TYPE holdfast_facts_total counter
///     // holdfast_facts_total{kind="exposure",result="accepted"} 20061
///
/// Of each figure the samples follow its head at once, as the format asks. Names and labels' names
/// are ours; labels' values and help may hold anything.
struct Exposition {
    /// What a figure is.
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    /// The format, as a scraper is told it.
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var bytes: [UInt8] = []
    private var name = ""

    /// Begins a figure; its name is given without the prefix that all of ours have.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        precondition(
            kind != .counter || name.hasSuffix("_total"), "a counter's name ends in _total")
        self.name = "holdfast_\(name)"
        write("# HELP \(self.name) ")
        write(help, isLabel: false)
        write("\n# TYPE \(self.name) \(kind.rawValue)\n")
    }

    /// Adds a sample of the figure that was begun last.
    mutating func add(_ value: Int, _ labels: [(name: String, value: String)] = []) {
        add("", labels, String(value))
    }

    /// Adds a sample of the figure that was begun last.
    mutating func add(_ value: Double, _ labels: [(name: String, value: String)] = []) {
        add("", labels, Exposition.number(value))
    }

    /// Adds a histogram's samples: cumulative counts by upper bound, the sum, and the count.
    mutating func add(
        _ histogram: DurationHistogram, _ labels: [(name: String, value: String)] = []
    ) {
        var count = 0
        let bounds = DurationHistogram.bounds + [.infinity]
        for (bound, inRange) in zip(bounds, histogram.counts) {
            count += inRange
            add("_bucket", labels + [("le", Exposition.number(bound))], String(count))
        }
        add("_sum", labels, Exposition.number(histogram.sum))
        add("_count", labels, String(count))
    }

    private mutating func add(
        _ suffix: String, _ labels: [(name: String, value: String)], _ value: String
    ) {
        write(name)
        write(suffix)
        for (index, label) in labels.enumerated() {
            write(index == 0 ? "{" : ",")
            write("\(label.name)=\"")
            write(label.value, isLabel: true)
            write("\"")
        }
        write(labels.isEmpty ? " " : "} ")
        write(value)
        write("\n")
    }

    private mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Text of anybody's: a backslash and a line's end are escaped, and in a label a quote.
    private mutating func write(_ text: String, isLabel: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): write(#"\\"#)
            case UInt8(ascii: "\n"): write(#"\n"#)
            case UInt8(ascii: "\"") where isLabel: write(#"\""#)
            default: bytes.append(byte)
            }
        }
    }

    /// A number as Go reads it, which is what the format asks.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value.description
    }
}
