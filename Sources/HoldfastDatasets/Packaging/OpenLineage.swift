package import HoldfastFormats

/// What an export read, did and wrote, as run events of OpenLineage 2-0-2.
///
///     OpenLineage.events(of: run, from: started, to: ended, .complete(manifest))
///
/// The gates are assertions on the ledger, because they are tested on what was read: a set whose
/// gate failed has no output. Of the ledger and the folder only those names are told that the
/// caller gives: ``Place/file(_:)`` leaves the path out.
package enum OpenLineage {
    /// Where data is: a namespace and a name in it.
    package struct Place: Sendable, Equatable {
        /// The namespace: `file` for what is in a file.
        package var namespace: String
        /// The name in it.
        package var name: String

        /// Data under a name.
        package init(namespace: String, name: String) {
            self.namespace = namespace
            self.name = name
        }

        /// A file or a folder by the last step of its path: where it stands is nobody's business.
        package static func file(_ path: String) -> Place {
            let step = path.split(separator: "/").last.map(String.init) ?? path
            return Place(namespace: "file", name: step)
        }
    }

    /// One export.
    package struct Run: Sendable, Equatable {
        /// Its id, a UUID.
        package var id: String
        /// The job's namespace.
        package var namespace: String
        /// The experiment, after which the job is named.
        package var experiment: String
        /// Only what was received by then is read.
        package var asOf: Timestamp
        /// What is read.
        package var ledger: Place
        /// The folder that is written.
        package var destination: Place

        /// An export of an experiment from a ledger to a folder.
        package init(
            id: String, namespace: String = "holdfast", experiment: String, asOf: Timestamp,
            ledger: Place, destination: Place
        ) {
            self.id = id
            self.namespace = namespace
            self.experiment = experiment
            self.asOf = asOf
            self.ledger = ledger
            self.destination = destination
        }
    }

    /// How an export ended.
    package enum End: Sendable {
        /// The set was written.
        case complete(Manifest)
        /// A gate failed, and nothing was written.
        case refused(Manifest)
        /// It could not be found out, for this reason.
        case failed(String)
        /// It was told to stop.
        case aborted

        /// The end that a manifest tells of.
        package init(_ manifest: Manifest) {
            self = manifest.isOpen ? .complete(manifest) : .refused(manifest)
        }
    }

    /// Who says so.
    static let producer = "urn:holdfast:export"
    private static let specification = "https://openlineage.io/spec"

    /// Both events of an export, in order.
    package static func events(
        of run: Run, from started: Timestamp, to ended: Timestamp, _ end: End
    ) -> [JSON] {
        [start(run, at: started), self.end(run, at: ended, end)]
    }

    /// The event of an export that begins.
    package static func start(_ run: Run, at time: Timestamp) -> JSON {
        event("START", run, at: time, LineageFacets(run))
    }

    /// The event of an export that has ended.
    package static func end(_ run: Run, at time: Timestamp, _ end: End) -> JSON {
        var facets = LineageFacets(run)
        switch end {
        case .complete(let manifest):
            facets.describe(manifest)
            facets.outputs = manifest.parts.map { facets.output($0, of: manifest) }
            return event("COMPLETE", run, at: time, facets)
        case .refused(let manifest):
            facets.describe(manifest)
            let failed = manifest.gates.filter { !$0.isOpen }
            facets.fail(
                "gates failed, and no set was written: "
                    + failed.map { "\($0.name.rawValue): \($0.detail)" }.joined(separator: "; "))
            return event("FAIL", run, at: time, facets)
        case .failed(let message):
            facets.fail(message)
            return event("FAIL", run, at: time, facets)
        case .aborted: return event("ABORT", run, at: time, facets)
        }
    }

    private static func event(
        _ type: String, _ run: Run, at time: Timestamp, _ facets: LineageFacets
    ) -> JSON {
        [
            "eventType": .string(type),
            "eventTime": .string(time.description),
            "run": ["runId": .string(run.id), "facets": .object(facets.run)],
            "job": [
                "namespace": .string(run.namespace),
                "name": .string("export.\(run.experiment)"),
                "facets": .object(facets.job),
            ],
            "inputs": [
                [
                    "namespace": .string(run.ledger.namespace), "name": .string(run.ledger.name),
                    "inputFacets": .object(facets.input),
                ]
            ],
            "outputs": .array(facets.outputs),
            "producer": .string(producer),
            "schemaURL": .string("\(specification)/2-0-2/OpenLineage.json#/$defs/RunEvent"),
        ]
    }

    /// A facet of a published schema.
    static func facet(
        _ name: String, _ version: String, _ members: [(key: String, value: JSON)]
    ) -> JSON {
        .object(
            JSONObject(
                [
                    ("_producer", .string(producer)),
                    (
                        "_schemaURL",
                        .string("\(specification)/facets/\(version)/\(name).json#/$defs/\(name)")
                    ),
                ] + members))
    }
}
