import HoldfastTables
import Testing

@Suite struct ChildSessionTests {
    @Test func `neither waits for the other when much goes both ways`() throws {
        let child = try ChildSession("cat", [], in: ".")
        let line = String(repeating: "x", count: 99)
        // More than both pipes and the child hold.
        child.send(String(repeating: line + "\n", count: 100_000))
        var count = 0
        while count < 100_000, let read = try child.nextLine() {
            #expect(read.count == 99)
            count += 1
        }
        #expect(count == 100_000)
        #expect(child.finish(seconds: 10) == 0)
    }

    @Test func `the end of what a child says as errors is kept`() throws {
        let script = "i=0; while [ $i -lt 30000 ]; do echo line $i >&2; i=$((i+1)); done; exit 7"
        let child = try ChildSession("sh", ["-c", script], in: ".")
        #expect(try child.nextLine() == nil)
        #expect(child.finish(seconds: 10) == 7)
        #expect(child.errors.hasSuffix("line 29999\n"))
        #expect(child.errors.utf8.count <= 1 << 16)
    }

    @Test func `a child that is silent for too long is killed`() throws {
        let child = try ChildSession("sh", ["-c", "sleep 100"], in: ".")
        #expect { _ = try child.nextLine(seconds: 1) } throws: {
            if case .late? = $0 as? ChildProgram.Failure { true } else { false }
        }
        #expect(try child.nextLine() == nil)
    }

    @Test func `a child is given what is passed and set, and a last line without its end`() throws {
        let child = try ChildSession(
            "sh", ["-c", "printf %s \"$LC_ALL-$HOLDFAST_SALT-$PWD\""], in: "/",
            setting: [("LC_ALL", "C.UTF-8")])
        let line = try child.nextLine().map { String(decoding: $0, as: UTF8.self) }
        #expect(line == "C.UTF-8--/")
        #expect(try child.nextLine() == nil)
    }
}
