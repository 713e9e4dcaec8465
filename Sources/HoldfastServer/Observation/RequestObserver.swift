internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Watches every request from its head to its answer: counts it, logs it, and passes its trace
/// through. Outermost, so that what another layer answers is seen too.
struct RequestObserver: RouterMiddleware {
    let observation: Observation

    func handle(
        _ request: Request, context: ServiceContext,
        next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        let began = observation.ticks()
        observation.counters.begin()
        var context = context
        let trace = TraceContext(request.headers)
        if let trace {
            context.logger[metadataKey: LogKey.traceID] = "\(trace.traceID)"
            context.logger[metadataKey: LogKey.spanID] = "\(trace.spanID)"
        }
        do {
            var response = try await next(request, context)
            trace?.pass(to: &response.headers)
            end(request, context, response.status, began: began)
            return response
        } catch {
            // What nobody turned into an answer: the connection ends with it.
            end(request, context, .internalServerError, began: began)
            throw error
        }
    }

    private func end(
        _ request: Request, _ context: ServiceContext, _ status: HTTPResponse.Status, began: Int64
    ) {
        let nanoseconds = observation.ticks() - began
        let route = ServiceCounters.label(endpoint: context.endpointPath)
        let method = ServiceCounters.label(request.method)
        observation.counters.end(
            route: route, ServiceCounters.Answer(method: method, status: status.code),
            nanoseconds: nanoseconds)
        // Neither the path nor the query: both can hold a unit's id.
        context.logger.info(
            "request",
            metadata: [
                "method": .string(method), "route": .string(route),
                "status": .stringConvertible(status.code),
                "seconds": .stringConvertible(Double(nanoseconds) / 1e9),
            ])
    }
}
