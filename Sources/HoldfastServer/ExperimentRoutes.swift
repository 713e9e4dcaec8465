internal import HoldfastAssignment
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastLedger
internal import Hummingbird

/// What is in force, as the service knows it.
struct ExperimentRoutes {
    let service: ServiceState

    /// `GET /v1/experiments`.
    func list() -> Response {
        let catalog = service.inForce.catalog
        return Response(json: [
            "revision": .string(catalog.revision),
            "experiments": .array(catalog.experiments.map { .object(describe($0, in: catalog)) }),
        ])
    }

    /// `GET /v1/experiments/NAME`.
    func show(_ name: String) throws -> Response {
        let catalog = service.inForce.catalog
        var description = describe(try find(name, in: catalog), in: catalog)
        description.append("revision", .string(catalog.revision))
        return Response(json: .object(description))
    }

    /// `GET /v1/experiments/NAME/health`: what the ledger refused of the experiment, and how it is
    /// as was found last.
    func health(_ name: String) async throws -> Response {
        let catalog = service.inForce.catalog
        let experiment = try find(name, in: catalog)
        let counts = try await service.ledger.refusalCounts(of: experiment.name)
        var answer = JSONObject([
            ("experiment", .string(experiment.name.text)),
            ("revision", .string(catalog.revision)),
            (
                "refused",
                .array(
                    counts.map {
                        [
                            "kind": .string($0.kind.rawValue), "code": .string($0.code),
                            "count": .integer(Int64($0.count)),
                        ]
                    })
            ),
        ])
        if let findings = service.observation.health.last?.value[experiment.name] {
            for (name, value) in findings.json.members { answer.append(name, value) }
        } else {
            answer.append("status", service.watchesHealth ? "unknown" : "off")
        }
        return Response(json: .object(answer))
    }

    private func find(_ name: String, in catalog: Catalog) throws -> Experiment {
        guard let experiment = catalog[experiment: name] else {
            service.observation.counters.add(.unknownExperiment)
            let fault = AssignmentFault.unknownExperiment(
                name, known: catalog.experiments.map(\.name))
            throw Problem(
                .notFound, code: fault.code, detail: fault.message, hint: fault.hint)
        }
        return experiment
    }

    private func describe(_ experiment: Experiment, in catalog: Catalog) -> JSONObject {
        func text(_ value: (some CustomStringConvertible)?) -> JSON {
            value.map { .string($0.description) } ?? .null
        }
        let now = service.now()
        let state =
            experiment.starts.map { now < $0 } ?? false
            ? "scheduled" : experiment.isRunning(at: now) ? "running" : "ended"
        let members: JSON = [
            "name": .string(experiment.name.text),
            "description": text(experiment.description),
            "unit": .string(experiment.unit.text),
            "cluster": text(experiment.cluster),
            "method": .string(experiment.method.word),
            "dealing": .string(experiment.armText),
            "arms": .array(
                experiment.arms.map {
                    ["name": .string($0.name.text), "share": text($0.share)]
                }),
            "traffic": .string(experiment.traffic.description),
            "layer": experiment.slice.map {
                [
                    "name": .string($0.layer.text), "from": .string($0.from.description),
                    "to": .string($0.to.description),
                ]
            } ?? .null,
            "starts": text(experiment.starts),
            "ends": text(experiment.ends),
            "washout": .string(experiment.washout.description),
            "outcome": experiment.outcome.map {
                [
                    "name": .string($0.name.text), "horizon": .string($0.horizon.description),
                    "absent": $0.absent.map { .number($0) } ?? "unknown",
                ]
            } ?? .null,
            "state": .string(state),
            "holdouts": .array(
                catalog.holdouts.filter { $0.covers(experiment.name) }.map {
                    .string($0.name.text)
                }),
        ]
        guard case .object(let object) = members else { preconditionFailure("written as one") }
        return object
    }
}

extension Method {
    /// The way of dealing in one word.
    fileprivate var word: String {
        switch self {
        case .shares: "shares"
        case .rotation: "rotation"
        case .exploration: "exploration"
        case .switchback: "switchback"
        case .compatible: "compatible"
        }
    }
}
