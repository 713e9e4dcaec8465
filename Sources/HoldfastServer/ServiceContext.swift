internal import Hummingbird
internal import NIOCore

/// What the framework keeps of a request, and the address that it came from.
struct ServiceContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// The address at the other end of the connection: a proxy's where one stands between.
    ///
    /// What a client says of itself in `X-Forwarded-For` is not believed: anyone can write it.
    var peer: String { channel.remoteAddress?.ipAddress ?? "unknown" }
}
