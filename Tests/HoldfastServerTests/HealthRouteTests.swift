import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
@testable import HoldfastServer
import Synchronization
import Testing
import TestSupport

/// What a service says of running experiments, and whom it tells.
@Suite struct HealthRouteTests {
    /// What was posted to a receiver that fails first, and then takes.
    private final class Receiver: Sendable {
        private let state = Mutex<(bodies: [[UInt8]], failures: Int)>(([], 0))

        init(failures: Int = 0) { state.withLock { $0.failures = failures } }

        func post(_ body: [UInt8]) -> HealthDelivery {
            state.withLock { state in
                if state.failures > 0 {
                    state.failures -= 1
                    return .later("a test", seconds: nil)
                }
                state.bodies.append(body)
                return .taken
            }
        }

        var bodies: [JSON] {
            state.withLock { $0.bodies }.compactMap { try? JSON.parse($0) }
        }
    }

    private static func options(_ receiver: Receiver? = nil) -> ServiceOptions {
        var options = ServiceOptions()
        var health = HealthOptions()
        health.seconds = 0
        if let receiver { health.notify = { receiver.post($0) } }
        options.health = health
        return options
    }

    /// Asks until an answer is as wanted, for at most twenty seconds.
    private static func health(
        _ harness: Harness, _ name: String, until isWanted: (JSON) -> Bool
    ) async throws -> JSON {
        var answer = JSON.null
        for _ in 0..<400 {
            answer = try await harness.client.get("/v1/experiments/\(name)/health").json
            if isWanted(answer) { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        let validator = try JSONSchemaValidator("experiments.schema.json#/$defs/ExperimentHealth")
        #expect(validator.faults(answer) == [])
        return answer
    }

    /// The units of `offers` that are dealt control, from 5% of all.
    private static func control(_ harness: Harness, units: Int) async throws -> [String] {
        let items = (0..<units).map { number -> JSON in
            ["experiment": "offers", "unit": .string("u-\(number)")]
        }
        let answer = try await harness.client.post("/v1/decisions", .array(items)).json
        return (answer["results"]?.array ?? []).enumerated().compactMap { number, result in
            result["arm"] == "control" ? "u-\(number)" : nil
        }
    }

    @Test func `what is recorded is seen, and an alarm is told once`() async throws {
        let receiver = Receiver(failures: 2)
        try await Harness.run(options: HealthRouteTests.options(receiver)) { harness in
            let before = try await HealthRouteTests.health(harness, "offers") {
                $0["as_of"] != nil
            }
            #expect(before["status"] == "unknown" && before["alarms"] == [])
            let control = try await HealthRouteTests.control(harness, units: 400)
            #expect(control.count > 3)
            let seen = try await HealthRouteTests.health(harness, "offers") {
                $0["status"] == "healthy"
            }
            let dealt = seen["arms"]?.array?.compactMap { $0["dealt"]?.double }.reduce(0, +)
            #expect(dealt.map { $0 > 350 } == true)
            // A control unit that the action reached: a leak.
            let exposure: JSON = [
                "experiment": "offers", "unit": .string(control[0]), "arm": "treatment",
            ]
            #expect(try await harness.client.post("/v1/exposures", exposure).status == 200)
            let alarmed = try await HealthRouteTests.health(harness, "offers") {
                $0["status"] == "alarm"
            }
            #expect(alarmed["alarms"]?.array?.first?["alarm"] == "leak")
            #expect(alarmed["alarms"]?.array?.first?["since"]?.string != nil)
            let scrape = try await harness.client.scrape()
            #expect(
                scrape("health_alarm", ["experiment": "offers", "alarm": "leak"]) == 1)
            #expect(
                scrape("health_alarm", ["experiment": "limits", "alarm": "leak"]) == 0)
            #expect(
                scrape("health_facts", ["experiment": "offers", "of": "crossovers"]) == 1)
            #expect(
                (scrape(
                    "health_sample_ratio_p_value", ["experiment": "offers", "of": "decisions"])
                    ?? 0) > 0.001)
            #expect((scrape("health_age_seconds") ?? -1) >= 0)
            // So few facts are all looked at each time.
            for name in ["offers", "limits"] {
                #expect(scrape("health_lag_seconds", ["experiment": name]) == 0)
                #expect(scrape("health_lag_facts", ["experiment": name]) == 0)
            }
            #expect(alarmed["lag"] == ["seconds": 0.0, "facts": 0])
            for _ in 0..<200 where receiver.bodies.isEmpty {
                try await Task.sleep(for: .milliseconds(50))
            }
            try await Task.sleep(for: .milliseconds(200))
            #expect(receiver.bodies.count == 1)
            let told = try #require(receiver.bodies.first)
            #expect(told["event"] == "alarm_started" && told["experiment"] == "offers")
            #expect(told["alarm"] == "leak")
            #expect(told["text"]?.string?.hasPrefix("offers: alarm: leak.") == true)
            // An operator has looked at it.
            let writer = try Ledger(path: harness.ledgerPath, now: { Harness.start })
            try await writer.acknowledge("leak", of: try #require(Name("offers")))
            await writer.close()
            _ = try await HealthRouteTests.health(harness, "offers") { $0["status"] == "healthy" }
            for _ in 0..<200 where receiver.bodies.count < 2 {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(receiver.bodies.last?["event"] == "alarm_ended")
        }
    }

    @Test func `a value of a feature is no mention of everybody`() throws {
        let alarm = HealthFindings.Alarm(
            alarm: .leak, text: "region <!channel> & co", stands: true)
        let event = HealthEvent(alarm, try #require(Name("offers")), isStart: true)
        #expect(
            event.notification["text"]
                == "offers: alarm: leak. region &lt;!channel&gt; &amp; co")
        #expect(event.text == "region <!channel> & co")
    }

    @Test func `an alarm that stood before a restart is not told again`() async throws {
        let folder = try TemporaryFolder()
        let catalog = try Harness.catalog(Harness.catalogText)
        for run in 0..<2 {
            let receiver = Receiver()
            let ledger = try Ledger(path: folder.file("ledger.db"), now: { Harness.start })
            let service = try await HoldfastService(
                catalog: catalog, ledger: ledger, now: { Harness.start },
                options: HealthRouteTests.options(receiver))
            try await service.run(host: "127.0.0.1", port: 0) { port in
                let harness = Harness(
                    client: HTTP(port: port), folder: folder,
                    ledgerPath: folder.file("ledger.db"), service: service)
                if run == 0 {
                    let control = try await HealthRouteTests.control(harness, units: 200)
                    let exposure: JSON = [
                        "experiment": "offers", "unit": .string(try #require(control.first)),
                        "arm": "treatment",
                    ]
                    #expect(try await harness.client.post("/v1/exposures", exposure).status == 200)
                }
                _ = try await HealthRouteTests.health(harness, "offers") {
                    $0["status"] == "alarm"
                }
                try await Task.sleep(for: .milliseconds(400))
            }
            #expect(receiver.bodies.count == (run == 0 ? 1 : 0), "run \(run)")
        }
    }

    @Test func `a service that shall not watch says so, and keeps nothing`() async throws {
        var options = ServiceOptions()
        options.health = nil
        try await Harness.run(options: options) { harness in
            _ = try await HealthRouteTests.control(harness, units: 20)
            let answer = try await harness.client.get("/v1/experiments/offers/health").json
            #expect(answer["status"] == "off" && answer["alarms"] == nil)
            #expect(try await harness.client.scrape()("health_age_seconds") == nil)
            let reader = try LedgerReader(path: harness.ledgerPath, salt: nil)
            #expect(try reader.healthRows() == [])
        }
    }
}
