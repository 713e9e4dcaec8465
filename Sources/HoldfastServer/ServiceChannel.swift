internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// How connections are taken: TLS if there is a certificate, then HTTP/1.1 under guard.
struct ServiceChannel: ServerChildChannel {
    private let http: HTTP1Channel
    private let certificate: CurrentCertificate

    init(
        limits: ServiceLimits, certificate: CurrentCertificate,
        responder: @escaping HTTPChannelHandler.Responder
    ) {
        http = HTTP1Channel(
            responder: responder,
            configuration: .init(
                additionalChannelHandlers: [RequestGuard(limits: limits)],
                idleTimeout: limits.idle))
        self.certificate = certificate
    }

    func setup(
        channel: any Channel, logger: Logger
    ) -> EventLoopFuture<HTTP1Channel.Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let context = certificate.value?.context {
                try pipeline.addHandler(NIOSSLServerHandler(context: context))
            }
            try pipeline.addHandler(ArrivalHandler())
        }.flatMap { http.setup(channel: channel, logger: logger) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}

/// The certificate that the next connection is shown; none without TLS.
final class CurrentCertificate: Sendable {
    private let state: Mutex<ServiceCertificate?>

    init(_ value: ServiceCertificate?) {
        state = Mutex(value)
    }

    var value: ServiceCertificate? { state.withLock { $0 } }

    /// Another one from now on. A service that began without TLS stays without.
    func replace(_ certificate: ServiceCertificate) {
        state.withLock { if $0 != nil { $0 = certificate } }
    }
}
