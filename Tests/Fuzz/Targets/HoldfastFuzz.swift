import CFuzzer
import Glibc

/// One program for all targets: `HOLDFAST_FUZZ_TARGET=json HoldfastFuzz CORPUS -max_total_time=60`.
///
/// A target takes bytes that anybody could send. It must come back, and its laws must hold; what
/// does neither traps, and libFuzzer keeps the input.
@main
struct HoldfastFuzz {
    static let targets: [String: @Sendable ([UInt8]) -> Void] = [
        "catalog": fuzzCatalog,
        "csv": fuzzCSV,
        "facts": fuzzFacts,
        "json": fuzzJSON,
        "ledger": fuzzLedger,
        "ofrep": fuzzOFREP,
        "table": fuzzTable,
        "timestamp": fuzzTimestamp,
        "tokens": fuzzTokens,
    ]

    static let target: @Sendable ([UInt8]) -> Void = {
        let name = getenv("HOLDFAST_FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = targets[name] else {
            say("set HOLDFAST_FUZZ_TARGET to one of \(targets.keys.sorted())")
            exit(64)
        }
        return target
    }()

    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
            CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
                HoldfastFuzz.target(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            })
    }
}

/// A law of a target. Broken, it says so and stops the run.
func require(
    _ holds: @autoclosure () throws -> Bool, _ law: @autoclosure () -> String
) rethrows {
    guard try !holds() else { return }
    say("broken: \(law())")
    fatalError()
}

/// What must not throw.
func mustSucceed<Value>(_ law: String, _ body: () throws -> Value) -> Value {
    do {
        return try body()
    } catch {
        say("broken: \(law): \(error)")
        fatalError()
    }
}

/// A line on standard error.
private func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = write(2, bytes, bytes.count)
}
