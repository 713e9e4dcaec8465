internal import ArgumentParser
internal import Dispatch
internal import Foundation

/// Ctrl-C and SIGTERM: the running command is cancelled and cleans up.
enum Interruption {
    /// Runs a command in a task that the first signal cancels. A second signal ends at once.
    static func run(_ command: any ParsableCommand) async throws -> ExitStatus {
        guard let command = command as? any StatusCommand else {
            var command = command
            try command.run()
            return .success
        }
        // The service has a graceful stop of its own.
        if command is ServeCommand { return try await command.execute() }
        let task = Task { try await execute(command) }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                if task.isCancelled { exit(ExitStatus.interrupted.rawValue) }
                task.cancel()
            }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        return try await task.value
    }

    /// A failure after the cancellation is its consequence: a statement that was interrupted, say.
    private static func execute(_ command: any StatusCommand) async throws -> ExitStatus {
        do {
            return try await command.execute()
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw error
        }
    }
}
