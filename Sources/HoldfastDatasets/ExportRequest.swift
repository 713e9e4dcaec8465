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
    /// Which rows are taken, and what they stand for.
    public var mode: Mode
    /// Where the split is by time too: the parts behind the first hold decisions from then on, and
    /// the first those whose horizon has ended by then.
    public var splitFrom: Timestamp?
    /// The user's own table of features, in place of those that were logged under the same names.
    public var features: FeatureSource?
    /// Whether rows are weighted for what was excluded after the assignment.
    public var isCensoringWeighted: Bool
    /// The fewest rows with the outcome, and the fewest without, that a part may have.
    public var minimumPositives: Int
    /// The format of the files.
    public var fileFormat: FileFormat
    /// What the set says of itself to catalogues of data sets.
    public var card: DatasetCard
    /// The program that writes Parquet, where it is not `duckdb` in PATH.
    public var duckdb: String?
    /// The fewest rows that the parts may have together.
    public var minimumRows: Int
    /// Gates that may fail, and why.
    public var waivers: [Gate.Name: String]

    /// Which rows are taken, and what they stand for.
    public enum Mode: String, Sendable, CaseIterable {
        /// Those of control and of holdouts, each with weight 1.
        case control
        /// Those of control and of holdouts where the model would have acted, weighted by how many
        /// each stands for, and those of any arm where it would not, with weight 1.
        case weighted
    }

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
        case parquet
    }

    /// Whether rows stand for unlike numbers of others.
    var isWeighted: Bool { mode == .weighted || isCensoringWeighted }

    /// A CSV file of features: `unit`, `at`, and a column for each.
    public struct FeatureSource: Sendable, Equatable {
        /// The file.
        public var path: String
        /// How old a row may be at the decision; `nil` for any age.
        public var timeToLive: Span?

        /// A file, and how old its rows may be.
        public init(path: String, timeToLive: Span? = nil) {
            self.path = path
            self.timeToLive = timeToLive
        }
    }

    public init(
        catalog: Catalog, experiment: String, asOf: Timestamp, revisions: [String]? = nil,
        observations: Observations = .first, mode: Mode = .control, splitFrom: Timestamp? = nil,
        features: FeatureSource? = nil, isCensoringWeighted: Bool = false,
        fileFormat: FileFormat = .csv,
        minimumRows: Int = ExportRequest.defaultMinimumRows,
        minimumPositives: Int = ExportRequest.defaultMinimumPositives,
        waivers: [Gate.Name: String] = [:],
        card: DatasetCard = DatasetCard(), duckdb: String? = nil
    ) {
        self.card = card
        self.duckdb = duckdb
        self.mode = mode
        self.splitFrom = splitFrom
        self.features = features
        self.isCensoringWeighted = isCensoringWeighted
        self.minimumPositives = minimumPositives
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
    /// With fewer, no figure of a model on the part would mean anything.
    public static let defaultMinimumPositives = 10
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
