internal import HTTPTypes
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import Hummingbird
internal import NIOCore

/// `GET /metrics`: what the service and its ledger do, for Prometheus.
///
/// The number of samples is bounded by the routes, the catalog and ``sourceLimit``; nothing that a
/// client writes becomes a label, but the name of a source. Nothing here waits for the disk.
struct MetricsRoute {
    let service: ServiceState

    /// The most sources that are shown one by one: those with most batches missing.
    static let sourceLimit = 100

    func show() -> Response {
        Response(
            status: .ok, headers: [.contentType: Exposition.mediaType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: exposition.bytes)))
    }

    private var exposition: Exposition {
        var text = Exposition()
        writeRequests(to: &text)
        writeDealings(to: &text)
        writeLedger(to: &text)
        let gaps = observation.gaps.last
        MetricsRoute.write(gaps?.value, to: &text)
        writeAge("gaps_age_seconds", "of missing batches and refused items", gaps?.at, to: &text)
        writeSampleRatios(to: &text)
        HealthMetrics(known: observation.health.last).write(to: &text)
        writeAge("health_age_seconds", "of health", observation.health.last?.at, to: &text)
        writeProcess(to: &text)
        return text
    }

    private var observation: Observation { service.observation }

    private func writeRequests(to text: inout Exposition) {
        let answered = observation.counters.answered.sorted { $0.key < $1.key }
        text.begin("http_requests_total", .counter, "Requests that were answered.")
        for (route, figures) in answered {
            let answers = figures.answers.sorted {
                ($0.key.method, $0.key.status) < ($1.key.method, $1.key.status)
            }
            for (answer, count) in answers {
                text.add(
                    count,
                    [
                        ("method", answer.method), ("route", route),
                        ("status", String(answer.status)),
                    ])
            }
        }
        text.begin(
            "http_request_duration_seconds", .histogram,
            "Time from a request's head to its answer being ready, by route.")
        for (route, figures) in answered { text.add(figures.seconds, [("route", route)]) }
        text.begin("http_requests_in_flight", .gauge, "Requests that have begun.")
        text.add(observation.counters.requestsInFlight)
    }

    private func writeDealings(to text: inout Exposition) {
        let catalog = service.inForce.catalog
        let dealt = observation.counters.dealt
        text.begin(
            "assignments_total", .counter,
            "Units that were dealt, by what they were given; no arm where they are in none.")
        let ofCatalog = dealt.counts.filter { catalog[experiment: $0.key.experiment.text] != nil }
        let sorted = ofCatalog.sorted { one, other in
            func key(_ given: DealingTally.Given) -> (String, String, String) {
                (given.experiment.text, given.arm?.text ?? "", given.reason)
            }
            return key(one.key) < key(other.key)
        }
        for (given, count) in sorted {
            var labels = [("experiment", given.experiment.text), ("reason", given.reason)]
            if let arm = given.arm { labels.insert(("arm", arm.text), at: 1) }
            text.add(count, labels.map { (name: $0.0, value: $0.1) })
        }
        text.begin(
            "unknown_experiments_total", .counter,
            "Items and requests for an experiment that the catalog does not have.")
        text.add(dealt.unknownExperiments)
        text.begin("catalog_info", .gauge, "The revision of the catalog in force.")
        text.add(1, [("revision", catalog.revision)])
    }

    private func writeLedger(to text: inout Exposition) {
        let activity = service.ledger.activity
        text.begin("facts_total", .counter, "Facts that were answered.")
        for kind in Fact.Kind.allCases {
            let counts = activity.facts[kind] ?? FactCounts()
            for (result, count) in [
                ("accepted", counts.accepted), ("duplicate", counts.duplicate),
                ("refused", counts.refused),
            ] {
                text.add(count, [("kind", kind.rawValue), ("result", result)])
            }
        }
        text.begin("waiting_facts", .gauge, "Facts that wait to be written.")
        text.add(activity.waitingFacts)
        text.begin("waiting_bytes", .gauge, "Bytes of the facts that wait to be written.")
        text.add(activity.waitingBytes)
        text.begin("commits_total", .counter, "Transactions that are on disk.")
        text.add(activity.commits)
        text.begin(
            "commit_duration_seconds", .histogram,
            "Time from beginning a transaction to its being on disk.")
        text.add(activity.commitSeconds)
        text.begin(
            "ledger_writable", .gauge, "Whether the last transaction could be written: 1 or 0.")
        text.add(activity.isWritable ? 1 : 0)
    }

    /// Writes what a producer or its operator has to send again; `nil` where it is not known yet.
    static func write(_ gaps: Observation.Gaps?, to text: inout Exposition) {
        text.begin(
            "missing_batches", .gauge,
            "Numbered batches that have not come, by source; without a source, of all others.")
        if let sources = gaps?.sources {
            let sorted = sources.sorted {
                ($1.missing, $0.source) < ($0.missing, $1.source)
            }
            for source in sorted.prefix(sourceLimit) {
                text.add(Int(source.missing), [("source", source.source)])
            }
            let rest = sorted.dropFirst(sourceLimit)
            if !rest.isEmpty { text.add(rest.reduce(0) { $0 + Int($1.missing) }) }
        }
        text.begin("refused_items", .gauge, "Refused items that wait for repair.")
        if let items = gaps?.refusedItems { text.add(items) }
    }

    private func writeSampleRatios(to text: inout Exposition) {
        let known = observation.sampleRatios.last
        text.begin(
            "sample_ratio_p_value", .gauge,
            "The p-value of the arms' counts against their shares, by chi-square, as the export's "
                + "gate finds it, which closes below 0.001.")
        for (experiment, pValue) in (known?.value ?? [:]).sorted(by: { $0.key < $1.key }) {
            text.add(pValue, [("experiment", experiment.text)])
        }
        writeAge("sample_ratio_age_seconds", "of the p-values", known?.at, to: &text)
    }

    private func writeAge(_ name: String, _ what: String, _ at: Int64?, to text: inout Exposition) {
        text.begin(name, .gauge, "Time since the figures \(what) were found.")
        if let at { text.add(Double(max(0, observation.ticks() - at)) / 1e9) }
    }

    private func writeProcess(to text: inout Exposition) {
        text.begin("build_info", .gauge, "The version of the program.")
        text.add(1, [("version", observation.version)])
        text.begin("start_time_seconds", .gauge, "When the service was made, since 1970.")
        text.add(Double(observation.started.microseconds) / 1e6)
        let process = ProcessFigures()
        text.begin("resident_memory_bytes", .gauge, "Memory of the process that is held in RAM.")
        if let bytes = process.residentBytes { text.add(bytes) }
        text.begin("open_fds", .gauge, "Files, sockets and pipes that the process has open.")
        if let count = process.openDescriptors { text.add(count) }
    }
}
