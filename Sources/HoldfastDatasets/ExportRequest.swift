public import HoldfastAssignment
public import HoldfastFormats

/// What a retraining set is asked to be.
public struct ExportRequest: Sendable {
    /// The catalog in force: its declarations of horizon, washout and split count.
    public var catalog: Catalog
    /// The experiment.
    public var experiment: String
    /// Only what was received by then is read, so that the export can be repeated for ever.
    public var asOf: Timestamp
    /// The revisions whose decisions are taken; `nil` means every one that deals as the catalog
    /// does.
    public var revisions: [String]?
    /// Which of a unit's clean decisions are kept.
    public var observations: Observations
    /// The format of the files.
    public var fileFormat: FileFormat
    /// The fewest rows that the parts may have together.
    public var minimumRows: Int
    /// Gates that may fail, and why.
    public var waivers: [Gate.Name: String]

    /// Which of a unit's clean decisions are kept.
    public enum Observations: String, Sendable, CaseIterable {
        /// The earliest.
        case first
        /// The latest.
        case last
        /// Every one; rows of one unit are then not independent.
        case all
    }

    /// The format of the files of a retraining set.
    public enum FileFormat: String, Sendable, CaseIterable {
        case csv
        case jsonl
    }

    public init(
        catalog: Catalog, experiment: String, asOf: Timestamp, revisions: [String]? = nil,
        observations: Observations = .first, fileFormat: FileFormat = .csv,
        minimumRows: Int = ExportRequest.defaultMinimumRows, waivers: [Gate.Name: String] = [:]
    ) {
        self.catalog = catalog
        self.experiment = experiment
        self.asOf = asOf
        self.revisions = revisions
        self.observations = observations
        self.fileFormat = fileFormat
        self.minimumRows = minimumRows
        self.waivers = waivers
    }

    /// A set of fewer rows is hardly ever meant: it says that something was excluded by mistake.
    public static let defaultMinimumRows = 100
}

/// Why an export could not be made: not what the rows say, but what kept them from being found.
public struct ExportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public var message: String
    /// What the reader can do.
    public var hint: String

    public init(_ message: String, _ hint: String) {
        self.message = message
        self.hint = hint
    }

    public var description: String { "export: \(message); \(hint)" }
}
