import Hummingbird

/// A service that reads a body and answers a constant: what `/v1/assignments` is measured against.
///
///     ConstantService 8081
@main struct ConstantService {
    static let answer = """
        {"experiment":"credit-limit","unit":"customer-0000001","arm":"treatment","reason":"assigned",\
        "holdout":null,"act":true,"propensity":0.95,"bucket":3386715627544487,\
        "revision":"r6620513fbdb8ad26"}
        """

    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8081
        let router = Router(context: BasicRequestContext.self)
        router.post("/constant") { request, _ in
            let body = try await request.body.collect(upTo: 8 << 20)
            precondition(body.readableBytes > 0, "the client posts a body")
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(string: answer)))
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: port), serverName: "constant"))
        try await application.runService()
    }
}
