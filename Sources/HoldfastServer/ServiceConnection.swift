internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// A connection to a service, kept open from post to post and opened again where it has ended.
///
///     let connection = try ServiceConnection(to: endpoint)
///     try await connection.post("/v1/exposures", headers: [], body: lines).status   // 200
///
/// One post at a time. It follows no redirection: a token and facts go where the operator said, and
/// nowhere else. A task that is cancelled ends the post, and nobody knows what became of it.
package actor ServiceConnection {
    /// Where a service listens.
    package struct Endpoint: Sendable {
        package var host: String
        package var port: Int
        /// Whether it speaks TLS.
        package var isSecure: Bool
        /// A file of certificates (PEM) to trust in place of the system's.
        package var authorities: String?
        /// The seconds that a post may take, from its first byte to the answer's last.
        package var postSeconds: Int64 = 60

        package init(host: String, port: Int, isSecure: Bool, authorities: String? = nil) {
            self.host = host
            self.port = port
            self.isSecure = isSecure
            self.authorities = authorities
        }
    }

    /// What a service answered.
    package struct Answer: Sendable {
        package var status: Int
        /// The seconds that it asked to wait, where it named a number.
        package var retryAfter: Int?
        package var body: [UInt8]
    }

    /// Why there is no answer.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package var description: String
    }

    private let endpoint: Endpoint
    private let security: NIOSSLContext?
    private var open: Open?

    /// A channel, with what went wrong on it before anything was sent: a handshake.
    private struct Open {
        let channel: any Channel
        let fault: Fault
    }

    /// The seconds that connecting may take.
    private static let connectSeconds: Int64 = 10
    /// The most bytes of an answer: an item's answer is a few hundred.
    static let answerBytes = 16 << 20

    /// Connects at the first post. Throws where the authorities cannot be read.
    package init(to endpoint: Endpoint) throws(Failure) {
        self.endpoint = endpoint
        guard endpoint.isSecure else {
            security = nil
            return
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let file = endpoint.authorities { configuration.trustRoots = .file(file) }
        do {
            security = try NIOSSLContext(configuration: configuration)
        } catch {
            throw Failure(
                description: endpoint.authorities.map { "\($0) holds no certificates: \(error)" }
                    ?? "TLS cannot be prepared: \(error)")
        }
    }

    /// Posts a body, of NDJSON unless another type is named.
    package func post(
        _ path: String, headers: [(String, String)], body: [UInt8],
        type: String = "application/x-ndjson"
    ) async throws(Failure) -> Answer {
        var headers = HTTPHeaders(headers)
        let port = endpoint.port == (endpoint.isSecure ? 443 : 80) ? "" : ":\(endpoint.port)"
        let host = endpoint.host.contains(":") ? "[\(endpoint.host)]" : endpoint.host
        headers.add(name: "Host", value: host + port)
        headers.add(name: "Content-Type", value: type)
        headers.add(name: "Content-Length", value: String(body.count))
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: path, headers: headers)
        if let open, open.channel.isActive {
            do throws(Failure) {
                return try await exchange(head, ByteBuffer(bytes: body), over: open)
            } catch {
                // A connection that was kept may have been ended by the other side just now, which
                // says nothing about the service: one fresh connection decides.
                if Task.isCancelled { throw error }
            }
        }
        let fresh = try await connect()
        open = fresh
        return try await exchange(head, ByteBuffer(bytes: body), over: fresh)
    }

    private func exchange(
        _ head: HTTPRequestHead, _ body: ByteBuffer, over open: Open
    ) async throws(Failure) -> Answer {
        let channel = open.channel
        let loop = channel.eventLoop
        let answer = loop.makePromise(of: Answer.self)
        let written = loop.makePromise(of: Void.self)
        written.futureResult.whenFailure { answer.fail($0) }
        let limit = loop.scheduleTask(in: .seconds(endpoint.postSeconds)) {
            channel.close(promise: nil)
        }
        channel.writeAndFlush(Call(head: head, body: body, answer: answer), promise: written)
        defer { limit.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await answer.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            channel.close(promise: nil)
            throw Failure(open.fault.first ?? error)
        }
    }

    private func connect() async throws(Failure) -> Open {
        let (security, host) = (security, endpoint.host)
        let fault = Fault()
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(ServiceConnection.connectSeconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let security {
                        // A name is sent and checked; a number is checked, and may not be sent.
                        let isNumber = (try? SocketAddress(ipAddress: host, port: 0)) != nil
                        try pipeline.addHandler(
                            NIOSSLClientHandler(
                                context: security, serverHostname: isNumber ? nil : host))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(CallHandler(fault))
                }
            }
        // Connecting goes on when the task is cancelled; waiting for it does not.
        let connecting = bootstrap.connect(host: host, port: endpoint.port)
        let connected = connecting.eventLoop.makePromise(of: (any Channel).self)
        connecting.cascade(to: connected)
        do {
            let channel = try await withTaskCancellationHandler {
                try await connected.futureResult.get()
            } onCancel: {
                connected.fail(CancellationError())
                connecting.whenSuccess { $0.close(promise: nil) }
            }
            return Open(channel: channel, fault: fault)
        } catch {
            throw Failure(error)
        }
    }
}

extension ServiceConnection.Failure {
    fileprivate init(_ error: any Error) {
        let cause: any Error =
            (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
        switch cause {
        case is NIOConnectionError: self.init(description: "its name is not known")
        case is NIOSSLError, is BoringSSLError:
            self.init(
                description: "\(cause)".contains("CERTIFICATE_VERIFY_FAILED")
                    ? "its certificate is not trusted" : "the TLS handshake failed")
        case let error as IOError:
            // "connect(descriptor:addr:size:): Connection refused) (errno: 111)", say.
            let words = "\(error)".split(separator: ": ").dropFirst().first ?? "the network failed"
            self.init(description: String(words.prefix { $0 != ")" }))
        case let error as ChannelError where error == .eof || error == .ioOnClosedChannel:
            self.init(description: "the connection ended before the answer")
        default: self.init(description: String("\(cause)".prefix(200)))
        }
    }
}

/// A post on its way through a channel.
private struct Call: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    let answer: EventLoopPromise<ServiceConnection.Answer>
}

/// Writes a call as HTTP, and completes it by what comes back, or by the connection's end.
private final class CallHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Call
    typealias OutboundOut = HTTPClientRequestPart

    private var call: Call?
    private var answer: ServiceConnection.Answer?
    private var isKept = true
    private let fault: Fault

    init(_ fault: Fault) {
        self.fault = fault
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let call = unwrapOutboundIn(data)
        self.call = call
        context.write(wrapOutboundOut(.head(call.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(call.body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            isKept = head.isKeepAlive
            answer = ServiceConnection.Answer(
                status: Int(head.status.code),
                retryAfter: head.headers.first(name: "Retry-After").flatMap { Int($0) }, body: [])
        case .body(let buffer):
            answer?.body.append(contentsOf: buffer.readableBytesView)
            if let answer, answer.body.count > ServiceConnection.answerBytes {
                fail(ServiceConnection.Failure(description: "its answer has no end"))
                context.close(promise: nil)
            }
        case .end:
            if let answer { call?.answer.succeed(answer) }
            (call, answer) = (nil, nil)
            if !isKept { context.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fault.add(error)
        fail(error)
        context.close(promise: nil)
    }

    private func fail(_ error: any Error) {
        call?.answer.fail(error)
        (call, answer) = (nil, nil)
    }
}

/// The first error of a channel: its cause, where what follows is only that it is closed.
private final class Fault: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    var first: (any Error)? { error.withLock { $0 } }

    func add(_ new: any Error) {
        error.withLock { $0 = $0 ?? new }
    }
}
