import TestSupport

/// Prometheus's text format 0.0.4 as a strict reader takes it: anything out of order is an error.
struct Scrape {
    /// A name with its labels.
    struct Series: Hashable {
        var name: String
        var labels: [String: String]
    }

    private(set) var samples: [Series: Double] = [:]
    private(set) var types: [String: String] = [:]

    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Fault(description: "the last line has no end") }
        var family = ""
        var lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)[...]
        while let line = lines.popFirst() {
            if let name = line.wholeMatch(of: /# HELP ([a-z_]+) (.+)/)?.1 {
                family = String(name)
                // Its type follows at once, and no figure comes twice.
                guard let next = lines.popFirst(),
                    let kind = next.wholeMatch(of: /# TYPE (\S+) (counter|gauge|histogram)/),
                    kind.1 == name, types[family] == nil
                else { throw Fault(description: "after \(line)") }
                types[family] = String(kind.2)
                continue
            }
            let (series, value) = try Scrape.sample(line)
            guard samples.updateValue(value, forKey: series) == nil else {
                throw Fault(description: "\(line) comes twice")
            }
            try check(series, value, of: family, line)
        }
        try checkHistograms()
    }

    private func check(
        _ series: Series, _ value: Double, of family: String, _ line: Substring
    ) throws {
        let ends = types[family] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        guard ends.contains(where: { series.name == family + $0 }) else {
            throw Fault(description: "\(line) stands under \(family)")
        }
        if types[family] == "counter" {
            guard family.hasSuffix("_total"), value >= 0 else {
                throw Fault(description: "\(line)")
            }
        }
    }

    private static func sample(_ line: Substring) throws -> (Series, Double) {
        guard
            let match = line.wholeMatch(of: /(?s)([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)/)
        else { throw Fault(description: "\(line) is no sample") }
        var labels: [String: String] = [:]
        var rest = match.2 ?? ""
        while !rest.isEmpty {
            guard
                let label = rest.prefixMatch(
                    of: /(?s)([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(,(?=.)|$)/)
            else { throw Fault(description: "\(line): labels from \(rest)") }
            let value = label.2.replacing(/\\(.)/) { $0.1 == "n" ? "\n" : $0.1 }
            guard labels.updateValue(String(value), forKey: String(label.1)) == nil else {
                throw Fault(description: "\(line) has \(label.1) twice")
            }
            rest = rest[label.range.upperBound...]
        }
        return (Series(name: String(match.1), labels: labels), try number(match.3))
    }

    private static func number(_ text: Substring) throws -> Double {
        switch text {
        case "+Inf": return .infinity
        case "-Inf": return -.infinity
        case "NaN": return .nan
        default:
            guard let value = Double(text), text.allSatisfy({ "0123456789.e+-".contains($0) })
            else { throw Fault(description: "\(text) is no number") }
            return value
        }
    }

    /// Buckets grow, and the last of them, +Inf, is the count.
    private func checkHistograms() throws {
        for (family, kind) in types where kind == "histogram" {
            for (series, count) in samples where series.name == family + "_count" {
                let buckets = samples.compactMap { bucket, value -> (Double, Double)? in
                    var labels = bucket.labels
                    guard bucket.name == family + "_bucket",
                        let bound = labels.removeValue(forKey: "le"), labels == series.labels
                    else { return nil }
                    return (bound == "+Inf" ? .infinity : Double(bound) ?? .nan, value)
                }.sorted { $0.0 < $1.0 }
                let sum = samples[Series(name: family + "_sum", labels: series.labels)]
                let grows = zip(buckets, buckets.dropFirst()).allSatisfy { $0.1 <= $1.1 }
                guard buckets.last?.0 == .infinity, buckets.last?.1 == count, grows, sum != nil
                else { throw Fault(description: "\(series) is no histogram: \(buckets)") }
            }
        }
    }

    /// The value of a series; `nil` where there is none.
    func callAsFunction(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples[Series(name: "holdfast_" + name, labels: labels)]
    }

    /// The values that a label has in a figure.
    func values(of label: String, in name: String) -> Set<String> {
        Set(samples.keys.filter { $0.name == "holdfast_" + name }.compactMap { $0.labels[label] })
    }
}

extension HTTP {
    /// What `/metrics` says now.
    func scrape(headers: [String: String] = [:]) async throws -> Scrape {
        let answer = try await get("/metrics", headers: headers)
        guard answer.status == 200 else { throw Scrape.Fault(description: "\(answer.status)") }
        return try Scrape(String(decoding: answer.body, as: UTF8.self))
    }
}
