internal import Foundation
internal import HoldfastFormats
internal import Synchronization

/// Standard output and standard error, for people and for programs.
enum Terminal {
    /// Writes a line to standard error.
    static func complain(_ text: String) {
        // Whoever read it may be gone, or its disk be full: no reason for a service to end.
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    /// Writes a line to standard output. Ends the program where that is full or gone: what was to
    /// be said is the result, and nobody has it.
    static func say(_ text: String, terminator: String = "\n") {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((text + terminator).utf8))
        } catch {
            complain("holdfast: standard output cannot be written: \(error.localizedDescription)")
            exit(ExitStatus.failed.rawValue)
        }
    }

    /// Writes one JSON document to standard output.
    static func say(_ json: JSON) { say(json.text(pretty: true)) }
}

/// One line on a terminal's standard error for work that takes more than two seconds.
///
/// Silent where standard error is no terminal, so that logs stay clean.
final class Progress: Sendable {
    private struct State {
        var last = ContinuousClock.now
        var isShown = false
    }

    private let started = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Mutex(State())

    /// Shows what is going on, at most ten times a second, from the third second on.
    func show(_ text: @autoclosure () -> String) {
        guard isTerminal, ContinuousClock.now - started > .seconds(2) else { return }
        state.withLock { state in
            guard !state.isShown || ContinuousClock.now - state.last > .milliseconds(100) else {
                return
            }
            state.last = .now
            state.isShown = true
            FileHandle.standardError.write(Data("\r\u{1B}[K\(text())".utf8))
        }
    }

    /// Takes the line away.
    func clear() {
        state.withLock { state in
            guard state.isShown else { return }
            state.isShown = false
            FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
        }
    }
}

/// What `--format` takes.
enum OutputFormat: String, CaseIterable {
    case text
    case json
}
