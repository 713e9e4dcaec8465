import HoldfastStatistics
import HoldfastTables
import Testing
import TestSupport

@testable import HoldfastChecks

/// A table's rows as they are analysed.
@Suite struct AnalysisTableTests {
    private static func read(
        _ text: String, _ metrics: [String] = ["y"], arm: String = "arm", control: String = "c",
        _ change: (inout AnalysisRoles) -> Void = { _ in }
    ) throws -> AnalysedTable {
        var roles = AnalysisRoles(
            arm: arm, control: control, metrics: try metrics.map { try MetricRequest($0) })
        change(&roles)
        return try AnalysedTable.read(.bytes(Array(text.utf8), name: "rows.csv"), roles: roles)
    }

    private static func refused(
        _ text: String, _ metrics: [String] = ["y"], control: String = "c",
        _ change: (inout AnalysisRoles) -> Void = { _ in }
    ) -> String {
        do {
            _ = try read(text, metrics, control: control, change)
            return "not refused"
        } catch {
            return "\(error)"
        }
    }

    @Test func `a metric is read as its kind says`() throws {
        #expect(try MetricRequest("spend") == MetricRequest(name: "spend"))
        #expect(try MetricRequest("a:b:mean") == MetricRequest(name: "a:b", kind: .mean))
        #expect(
            try MetricRequest("clicks:ratio/visits")
                == MetricRequest(name: "clicks", kind: .ratio, denominator: "visits"))
        #expect(try MetricRequest("t:p99.9").title == "t p99.9")
        #expect(try MetricRequest("t:p50").kind == .quantile(0.5))
        for text in ["", ":mean", "a:", "a:median", "a:ratio/", "a:p0", "a:p100", "a:pnan"] {
            #expect(throws: CheckError.self, "\(text)") { try MetricRequest(text) }
        }
    }

    @Test func `arms come with control first, and rows without one are counted`() throws {
        let table = try Self.read("arm,y\nt,1\nc,0\n,1\nb,1\nc,1\n")
        #expect(table.rows.arms == ["c", "b", "t"] && table.rows.control == 0)
        #expect(table.rows.arm == [2, 0, 1, 0])
        #expect(
            table.flow.map { "\($0.name) \($0.count)" } == ["rows 5", "no_arm 1", "analysed 4"])
        #expect(table.rows.metrics[0].kind == .proportion && table.dealing == nil)
    }

    @Test func `words for yes are 1, and a missing cell is missing`() throws {
        let table = try Self.read("arm,y\nt,true\nc,no\nc,\nt,Yes\n")
        #expect(table.rows.metrics[0].values.map { $0.isNaN ? -1 : $0 } == [1, 0, -1, 1])
        let numbers = try Self.read("arm,y\n1,2.5\n0,\n", control: "0")
        #expect(numbers.rows.arms == ["0", "1"] && numbers.rows.metrics[0].kind == .mean)
    }

    @Test func `rows of a unit are added up, in the arm of its first row by time`() throws {
        let text = """
            id,arm,y,n,when
            a,t,2,1,2026-01-03
            b,c,1,1,2026-01-01
            a,c,3,2,2026-01-02
            b,c,,4,2026-01-05
            ,c,9,9,2026-01-01

            """
        let table = try Self.read(
            text, ["y:mean", "y:ratio/n", "y:proportion"].filter { $0 != "y:proportion" }
        ) {
            $0.unit = "id"
            $0.time = "when"
        }
        #expect(table.rows.count == 2 && table.rows.arm == [0, 0])
        #expect(table.rows.metrics[0].values == [1, 5])
        #expect(table.rows.metrics[1].denominators == [5, 3])
        #expect(table.notes.contains { $0.contains("1 unit has rows in several arms") })
        let counts = table.flow.map { "\($0.name) \($0.count)" }
        #expect(counts == ["rows 5", "no_arm 0", "no_unit 1", "later 2", "analysed 2"])
    }

    @Test func `clusters are what was dealt, but where one has rows of several arms`() throws {
        let whole = try Self.read("arm,y,h\nt,1,1\nt,2,1\nc,3,2\nc,1,3\n") {
            $0.cluster = "h"
            $0.shares = [("c", 0.5), ("t", 0.5)]
        }
        #expect(whole.dealing?.what == "clusters" && whole.dealing?.dealt.count == 3)
        let within = try Self.read("arm,y,h\nt,1,1\nc,2,1\nc,3,2\nt,1,2\n") {
            $0.cluster = "h"
            $0.shares = [("c", 0.5), ("t", 0.5)]
        }
        #expect(within.dealing?.what == "rows" && within.dealing?.dealt.count == 4)
        #expect(within.notes.contains { $0.hasPrefix("2 clusters have rows in several arms") })
    }

    @Test func `a stray row does not make rows of clusters`() throws {
        var text = "arm,y,h\n"
        for cluster in 0..<40 {
            for row in 0..<3 {
                // The first row of cluster 1, of treatment, was written into control.
                let isStray = cluster == 1 && row == 0
                text += "\(cluster % 2 == 0 || isStray ? "c" : "t"),\(row),\(cluster)\n"
            }
        }
        let table = try Self.read(text) {
            $0.cluster = "h"
            $0.shares = [("c", 0.5), ("t", 0.5)]
        }
        let dealing = try #require(table.dealing)
        #expect(dealing.what == "clusters" && dealing.dealt.count == 40)
        #expect(dealing.dealt.count { $0.arm == 1 } == 20)
        #expect(
            table.notes.contains { $0.hasPrefix("1 cluster has rows in several arms: as most") })
    }

    @Test func `ids are told apart by their bytes`() throws {
        let ids = [
            "9007199254740992", "9007199254740993", "7", "7.0", "7e0", "+7", "007", "-0", "0", "7",
        ]
        let text = "id,arm,y\n" + ids.map { "\($0),\($0.count % 2 == 0 ? "t" : "c"),1\n" }.joined()
        let units = try Self.read(text, ["y:mean"]) { $0.unit = "id" }
        #expect(
            units.rows.count == 9 && units.rows.metrics[0].values == [1, 1, 2, 1, 1, 1, 1, 1, 1])
        let clusters = try Self.read(text) { $0.cluster = "id" }
        #expect(Set(clusters.rows.clusters ?? []).count == 9)
        let arms = try Self.read("arm,y\n0,1\n1,2\n1.0,3\n0,4\n", control: "0")
        #expect(arms.rows.arms == ["0", "1", "1.0"])
        // As a number an id is what it says.
        let both = try Self.read("arm,y,n\n0,1,7.0\n1,2,8\n", ["n:mean"], control: "0") {
            $0.unit = "n"
        }
        #expect(both.rows.metrics[0].values == [7, 8])
    }

    @Test func `what is asked for in two ways is refused`() {
        let text = "arm,y,z\nt,1.5,1\nc,0,0\nt,2,0\n"
        #expect(Self.refused(text, ["y", "y:mean"]).contains("y by its mean is asked for twice"))
        #expect(Self.refused(text, ["z:proportion", "z"]).contains("asked for twice"))
        #expect(Self.refused(text, ["z", "z:mean", "y", "y:p50"]) == "not refused")
    }

    @Test func `shares that add up to no number, and sums beyond a double, are refused`() {
        #expect(
            Self.refused("arm,y\nt,1\nc,2\n") { $0.shares = [("c", 1e308), ("t", 1.7e308)] }
                .contains("do not add up"))
        #expect(
            Self.refused("id,arm,y\na,t,1\nb,c,1e308\nb,c,1e308\n") { $0.unit = "id" }
                .contains("\"y\" of the unit of row 2 adds up to more than a double holds"))
    }

    @Test func `an arm without a share is one of share 0, and one without rows has none`() throws {
        let table = try Self.read("arm,y\nt,1\nc,2\nx,3\n") {
            $0.shares = [("c", 0.1), ("t", 0.4), ("z", 0.5)]
        }
        #expect(table.rows.arms == ["c", "t", "x", "z"])
        #expect(table.dealing?.strata == [[0.1, 0.4, 0, 0.5]])
    }

    @Test func `weeks are those for which every unit was seen`() throws {
        var text = "id,arm,y,when\n"
        for day in 0..<30 { text += "a,t,1,\(1_767_225_600 + day * 86_400)\n" }
        for day in 0..<22 { text += "b,c,2,\(1_767_225_600 + (day + 8) * 86_400)\n" }
        let table = try Self.read(text, ["y:mean"]) {
            $0.unit = "id"
            $0.time = "when"
        }
        let weekly = try #require(table.rows.metrics[0].weekly)
        #expect(weekly.weeks == 3)
        var sums: [[Double]] = [[0, 0, 0], [0, 0, 0]]
        for entry in weekly.entries { sums[Int(entry.row)][Int(entry.week)] += entry.value }
        #expect(sums == [[7, 7, 7], [14, 14, 14]])
        // Whether any was 1 is no sum of weeks.
        let any = try Self.read(text.replacing(",2,", with: ",1,"), ["y:proportion"]) {
            $0.unit = "id"
            $0.time = "when"
        }
        #expect(any.rows.metrics[0].kind == .proportion && any.rows.metrics[0].weekly == nil)
    }

    @Test func `what cannot be read is refused with the row and what to do`() {
        let text = "arm,y,e,w\nt,1,1,1\nc,x,2,0\n"
        #expect(Self.refused(text).contains("row 2: \"y\" is \"x\", which is no number"))
        #expect(Self.refused("arm,y\nt,1\nc,inf\n").contains("row 2"))
        #expect(Self.refused("arm,z\nt,1\nc,2\n").contains("has no column \"y\""))
        #expect(Self.refused("arm,y\nt,1\nb,2\n").contains("--control is one of \"t\", \"b\""))
        #expect(Self.refused("arm,y\nc,1\nc,2\n").contains("give rows of another"))
        #expect(
            Self.refused("arm,y\n").contains("has no rows")
                || Self.refused("arm,y\n").contains("no rows"))
        #expect(
            Self.refused("arm,y\nc,0\nt,2\n", ["y:proportion"]).contains("neither 0 nor 1"))
        #expect(
            Self.refused("arm,y,e\nc,0,1\nt,2,2\n") { $0.exposed = "e" }
                .contains("row 2: \"e\" is neither yes nor no"))
        #expect(
            Self.refused("arm,y,w\nc,0,1\nt,2,0\n") { $0.weight = "w" }
                .contains("row 2: the weight is not above 0"))
        #expect(
            Self.refused("arm,y,h\nc,0,1\nt,2,\n") { $0.cluster = "h" }
                .contains("row 2 has no cluster"))
        #expect(
            Self.refused("arm,y,w\nc,0,x\nt,2,y\n") { $0.time = "w" }
                .contains("no cell of \"w\" is a time"))
    }
}
