import HoldfastFormats
import Testing

@testable import HoldfastStatistics

@Suite struct BoundsTests {
    @Test func `Lee's bounds are those of the rows, sorted and cut`() throws {
        for item in try Golden.cases("lee", in: "audit") {
            let bounds = LeeBounds(
                reference: try item.numbers("reference"),
                of: Int(try item.number("reference_count")),
                candidate: try item.numbers("candidate"),
                of: Int(try item.number("candidate_count")))
            let share = bounds?.trimmedShare
            #expect(try item.agrees("trimmed_share", share, 1e-12), "\(item.origin)")
            // Beside 0, since a difference of equal means is one up to a rounding error.
            let figures = [bounds?.effect, bounds?.interval.lower, bounds?.interval.upper]
            for (name, value) in zip(["effect", "lower", "upper"], figures) {
                let expected = item["expected"]?[name]?.double
                #expect((value == nil) == (expected == nil), "\(item.origin)")
                #expect(abs((value ?? 0) - (expected ?? 0)) < 1e-12, "\(item.origin) \(name)")
            }
        }
    }

    @Test func `Lee's bounds are the peers'`() throws {
        for item in try Golden.cases("cases", in: "lee_bounds") {
            let one = try item.numbers("y0_observed")
            let two = try item.numbers("y1_observed")
            let counts = (Int(try item.number("n0")), Int(try item.number("n1")))
            let bounds = try #require(
                LeeBounds(reference: one, of: counts.0, candidate: two, of: counts.1))
            #expect(isClose(bounds.trimmedShare, try item.number("trim_share"), 1e-12))
            #expect(bounds.trimmedRows == Int(try item.number("trim_count_floor")))
            #expect(isClose(bounds.interval.lower, try item.number("lower"), 1e-12))
            #expect(isClose(bounds.interval.upper, try item.number("upper"), 1e-12))
            let share = LeeBounds.trimmedShare(
                reference: (one.count, counts.0), candidate: (two.count, counts.1))
            #expect(isClose(share, bounds.trimmedShare, 1e-12))
        }
    }

    @Test func `the worst case puts each lost row at an end of the range`() throws {
        for item in try Golden.cases("worst_case", in: "audit") {
            func arm(_ name: String) throws -> LeeBounds.Arm {
                let values = try item.numbers(name)
                let mean = values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
                return (mean, values.count, Int(try item.number("\(name)_count")))
            }
            let range = Interval(lower: try item.number("least"), upper: try item.number("most"))
            let bounds = LeeBounds.worstCase(
                reference: try arm("reference"), candidate: try arm("candidate"), range: range)
            #expect(try item.agrees("lower", bounds?.lower, 1e-12), "\(item.text())")
            #expect(try item.agrees("upper", bounds?.upper, 1e-12), "\(item.text())")
        }
    }

    @Test func `bounds without an arm are none`() {
        #expect(LeeBounds(reference: [.infinity], of: 1, candidate: [1], of: 1) == nil)
        #expect(LeeBounds.trimmedShare(reference: (0, 0), candidate: (1, 1)) == nil)
        #expect(LeeBounds.trimmedShare(reference: (0, 4), candidate: (0, 9)) == nil)
        #expect(LeeBounds.trimmedShare(reference: (0, 4), candidate: (1, 9)) == 1)
        let range = Interval(lower: 0, upper: 1)
        #expect(
            LeeBounds.worstCase(reference: (0, 0, 0), candidate: (1, 1, 1), range: range) == nil)
    }
}

@Suite struct ClusterTests {
    @Test func `the likeness of clusters is the analysis of variance's`() throws {
        for item in try Golden.cases("clusters", in: "audit") {
            var correlation = IntraclassCorrelation()
            var shares = IntraclassCorrelation()
            var isOfShares = true
            for group in try #require(item["clusters"]?.array) {
                var cluster = NumberSummary()
                let values = try (group.array ?? []).map { try #require($0.double) }
                for value in values { cluster.add(value) }
                correlation.add(cluster)
                let successes = values.count { $0 == 1 }
                isOfShares = isOfShares && values.allSatisfy { $0 == 0 || $0 == 1 }
                shares.add(successes: successes, of: cluster.count)
            }
            let value = correlation.value
            #expect(try item.agrees("icc", value), "\(item.origin) \(value ?? -9)")
            #expect(try item.agrees("typical_size", correlation.typicalSize, 1e-12))
            #expect(try item.agrees("design_effect", correlation.designEffect), "\(item.origin)")
            if isOfShares { #expect(try item.agrees("icc", shares.value), "\(item.origin)") }
        }
    }

    @Test func `the design effect of given sizes is Eldridge's`() throws {
        for item in try Golden.cases("cases", in: "design_effect") {
            let value = IntraclassCorrelation.designEffect(
                meanSize: try item.number("mean_cluster_size"),
                variation: try item.number("cv_size"), correlation: try item.number("icc"))
            #expect(isClose(value, try item.number("design_effect"), 1e-12))
        }
    }

    @Test func `a cluster without a row changes nothing, and one beyond a double has no figure`() {
        var correlation = IntraclassCorrelation()
        correlation.add(successes: 4, of: 5)
        correlation.add(successes: 1, of: 5)
        let value = correlation.value
        correlation.add(NumberSummary())
        correlation.add(successes: 0, of: 0)
        #expect(correlation.value == value && correlation.clusters == 2 && correlation.rows == 10)
        var cluster = NumberSummary()
        for value in [Double.greatestFiniteMagnitude, -.greatestFiniteMagnitude] {
            cluster.add(value)
        }
        correlation.add(cluster)
        #expect(correlation.value == nil && correlation.designEffect == nil)
    }
}
