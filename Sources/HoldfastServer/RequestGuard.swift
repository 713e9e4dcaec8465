internal import HTTPTypes
internal import HoldfastFormats
internal import NIOCore
internal import NIOHTTPTypes

/// Ends requests that never end: a head or a body that does not come, an answer that nobody takes.
///
/// A request that is overdue is answered 408 where it can be, and its connection is closed. What
/// comes whole, and what is taken at once, arms no timer: a timer that is cancelled costs a look at
/// all others.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var progress: RequestProgress
    /// The earliest time at which a timer fires.
    private var armed: NIODeadline?
    private var isReadHeld = false
    private var isClosing = false

    /// How long a client has to read that its request took too long.
    private static let farewell = TimeAmount.milliseconds(500)

    init(limits: ServiceLimits) {
        progress = RequestProgress(limits: limits)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is Arrival else { return context.fireUserInboundEventTriggered(event) }
        progress.bytesCame(at: .now())
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        switch unwrapInboundIn(data) {
        case .head: progress.headCame(at: .now())
        case .body: break
        case .end: progress.bodyEnded()
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        arm(context)
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if progress.mayRead {
            context.read()
        } else {
            isReadHeld = true
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isClosing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.kind == .informational: break
        case .head: progress.answerBegan(at: .now())
        case .body: break
        case .end:
            progress.answerEnded()
            let taken = promise ?? context.eventLoop.makePromise()
            taken.futureResult.assumeIsolated().whenComplete { _ in
                self.progress.answerTaken(at: .now())
            }
            context.write(data, promise: taken)
            resumeReading(context)
            return
        }
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        arm(context)
    }

    private func resumeReading(_ context: ChannelHandlerContext) {
        guard isReadHeld, progress.mayRead else { return }
        isReadHeld = false
        context.read()
    }

    /// Sees to it that a timer fires when something is due.
    private func arm(_ context: ChannelHandlerContext) {
        guard !isClosing, let due = progress.due, armed.map({ due < $0 }) ?? true else { return }
        armed = due
        context.eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            if self.armed == due { self.armed = nil }
            self.look(context)
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        guard !isClosing, context.channel.isActive else { return }
        switch progress.judge(at: .now()) {
        case .wait: arm(context)
        case .refuse: refuse(context)
        case .close:
            isClosing = true
            context.close(promise: nil)
        }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        isClosing = true
        let problem = Problem.overdue
        let body = ByteBuffer(bytes: problem.json.text().utf8)
        let fields: HTTPFields = [
            .contentType: "application/problem+json", .contentLength: "\(body.readableBytes)",
            .connection: "close",
        ]
        let head = HTTPResponse(status: problem.status, headerFields: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // Closed at once, what is still on its way from the client would undo the answer.
        context.eventLoop.assumeIsolated().scheduleTask(in: RequestGuard.farewell) {
            context.close(promise: nil)
        }
    }
}

/// Says that bytes came, before they are a request: told to ``RequestGuard`` by ``ArrivalHandler``.
struct Arrival: Sendable {}

/// Stands before the reader of HTTP, which tells nobody of half a header.
final class ArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireUserInboundEventTriggered(Arrival())
        context.fireChannelRead(data)
    }
}

extension Problem {
    /// A request that did not come to its end in time.
    static var overdue: Problem {
        Problem(
            .requestTimeout, code: "overdue", detail: "the request did not come to its end in time",
            hint: "nothing of it was recorded; send it whole, in smaller parts on a slow line")
    }
}
