internal import HTTPTypes
internal import HoldfastFormats
internal import Hummingbird
internal import Synchronization

/// Who may ask for what, and how often.
final class Access: Sendable {
    private let state: Mutex<State>
    /// Nanoseconds of a clock that never steps back.
    private let ticks: @Sendable () -> Int64

    private struct State {
        var tokens: AccessTokens?
        var requests: RateLimit?
        var failuresOfPeer = RateLimit(permits: Access.failureLimit, each: 6_000_000_000)
        var failures = RateLimit(permits: 10 * Access.failureLimit, each: 600_000_000)
    }

    /// The wrong tokens that one address may try at once; it regains one in six seconds, and all
    /// addresses together may try ten times as many.
    static let failureLimit = 10

    /// Neither tokens nor a rate: nothing is asked, and no lock is taken.
    private let isOpen: Bool

    init(tokens: AccessTokens?, rate: Int?, ticks: @escaping @Sendable () -> Int64) {
        state = Mutex(State(tokens: tokens, requests: rate.map { RateLimit(perSecond: $0) }))
        self.ticks = ticks
        isOpen = tokens == nil && rate == nil
    }

    /// The tokens from now on. A service that began without tokens stays without.
    func replaceTokens(_ tokens: AccessTokens) {
        state.withLock { state in
            if state.tokens != nil { state.tokens = tokens }
        }
    }

    /// Lets a request through, or throws what it is answered by: 401, 403 or 429.
    ///
    /// A token that is known is let through whatever others tried before from the same address: a
    /// stranger behind the same proxy must not lock out who has one.
    func admit(_ request: Request, _ context: ServiceContext, to scope: AccessScope) throws {
        guard !isOpen else { return }
        var caller: String?
        if let tokens = state.withLock({ $0.tokens }) {
            let holder = try holder(request, tokens, context)
            guard holder.allows(scope) else { throw Problem.outOfScope(scope) }
            caller = "token \(holder.name)"
        }
        let key = caller ?? "peer \(context.peer)"
        let now = ticks()
        if let seconds = state.withLock({ $0.requests?.take(key, at: now) }) {
            throw Problem.tooMany(seconds)
        }
    }

    private func holder(
        _ request: Request, _ tokens: AccessTokens, _ context: ServiceContext
    ) throws -> AccessTokens.Holder {
        guard let header = request.headers[.authorization] else { throw Problem.noToken }
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw Problem.noToken }
        if let holder = tokens.holder(of: String(parts[1])) { return holder }
        let (peer, now) = (context.peer, ticks())
        let wait = state.withLock { state in
            state.failuresOfPeer.take(peer, at: now) ?? state.failures.take("all", at: now)
        }
        if let wait { throw Problem.tooManyFailures(wait) }
        throw Problem.wrongToken
    }
}

extension Problem {
    fileprivate static var noToken: Problem {
        var problem = Problem(
            .unauthorized, code: "unauthorized", detail: "this needs a bearer token",
            hint: "send the header Authorization: Bearer TOKEN, with one of `holdfast token create`"
        )
        problem.challenge = #"Bearer realm="holdfast""#
        return problem
    }

    fileprivate static var wrongToken: Problem {
        var problem = Problem(
            .unauthorized, code: "unauthorized", detail: "the bearer token is not known",
            hint: "it may have been revoked: ask for one by `holdfast token create`")
        problem.challenge = #"Bearer realm="holdfast", error="invalid_token""#
        return problem
    }

    fileprivate static func outOfScope(_ scope: AccessScope) -> Problem {
        var problem = Problem(
            .forbidden, code: "forbidden",
            detail: "the bearer token does not have the scope \(scope.rawValue)",
            hint: "use a token made by `holdfast token create --scope \(scope.rawValue)`")
        problem.challenge =
            #"Bearer realm="holdfast", error="insufficient_scope", scope="\#(scope.rawValue)""#
        return problem
    }

    fileprivate static func tooMany(_ seconds: Int) -> Problem {
        Problem(
            .tooManyRequests, code: "too_many_requests",
            detail: "more requests than this service is set to take from one caller",
            hint: "nothing was done; wait as Retry-After says and send it again",
            retryAfter: seconds)
    }

    fileprivate static func tooManyFailures(_ seconds: Int) -> Problem {
        Problem(
            .tooManyRequests, code: "too_many_failures",
            detail: "too many tokens that are not known were tried",
            hint: "wait as Retry-After says and send a token that is known", retryAfter: seconds)
    }
}
