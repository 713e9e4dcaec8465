public import ArgumentParser
internal import HoldfastFormats
public import HoldfastServer

extension ServiceLog.Format: ExpressibleByArgument {}
extension ServiceLog.Level: ExpressibleByArgument {}

/// What a service says on standard error.
struct LogOptions: ParsableArguments {
    @Option(help: "text for people, json for programs: an object a line.")
    var logFormat = ServiceLog.Format.text
    @Option(help: "Log what matters as much or more; info has a line for each request.")
    var logLevel = ServiceLog.Level.notice

    var log: ServiceLog { ServiceLog(logFormat, level: logLevel, now: { .now }) }
}
