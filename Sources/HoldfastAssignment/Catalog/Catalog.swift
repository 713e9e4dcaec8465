/// Everything in force: holdouts, layers and experiments, as declared in files under version
/// control.
///
///     let catalog = try Catalog(files: [("catalog.yaml", text)]) { source in
///         switch source {
///         case .environment(let name): environment[name]
///         case .file(let path, _): try? String(contentsOfFile: path, encoding: .utf8)
///         }
///     }
///     catalog.revision   // r0f3c…: of the content, comments and layout aside
public struct Catalog: Sendable {
    /// The holdouts, in the order in which they are asked.
    public let holdouts: [Holdout]
    /// The layers.
    public let layers: [Layer]
    /// The experiments, in declared order.
    public let experiments: [Experiment]
    /// The content's hash: `r` and 16 hexadecimal digits. Every decision names it.
    public let revision: String
    /// The declaration as one line of JSON without its salt: what a ledger keeps of a revision.
    package let canonicalText: String
    /// A digest by which two salts are told apart, without telling either.
    package let saltFingerprint: String
    package let dealings: [Name: Dealing]
    /// The same, ready to answer with names and revision.
    let dealers: DealerTable

    /// Where a salt is kept that does not stand in the catalog itself.
    public enum SaltSource: Sendable, Hashable {
        /// An environment variable: `${NAME}`.
        case environment(String)
        /// A file: `file:PATH`, relative to the folder of the catalog's file.
        case file(path: String, catalogFile: String)
    }

    /// Reads a catalog from the text of its files.
    ///
    /// `salt` fetches a salt from where it is kept, and gives `nil` where there is none.
    public init(
        files: [(name: String, text: String)], salt: (SaltSource) -> String?
    ) throws(CatalogError) {
        var reader = CatalogReader()
        self = try reader.read(files, salt: salt)
    }

    /// A catalog as a ledger kept it, under a salt that is known.
    package init(canonicalText: String, salt: String) throws(CatalogError) {
        var reader = CatalogReader()
        self = try reader.read(
            [(name: "revision", text: canonicalText)], salt: { _ in nil }, knownSalt: salt)
    }

    init(
        holdouts: [Holdout], layers: [Layer], experiments: [Experiment], canonicalText: String,
        salt: String
    ) {
        self.holdouts = holdouts
        self.layers = layers
        self.experiments = experiments
        self.canonicalText = canonicalText
        saltFingerprint = Catalog.fingerprint(ofSalt: salt)
        let content = canonicalText + "\n" + saltFingerprint
        revision = "r" + SHA256.hexadecimal(of: content.utf8).prefix(16)
        let dealings = Dictionary(
            uniqueKeysWithValues: experiments.map {
                ($0.name, Dealing($0, holdouts: holdouts, salt: salt))
            })
        self.dealings = dealings
        let revision = self.revision
        dealers = DealerTable(dealings.values.map { Dealer($0, revision: revision) })
        self.salt = salt
    }

    /// The secret. Never printed, logged or stored.
    package let salt: String

    /// The digest by which salts are compared.
    static func fingerprint(ofSalt salt: String) -> String {
        String(SHA256.hexadecimal(of: "holdfast salt 1/\(salt)".utf8).prefix(32))
    }

    /// The experiment of this name.
    public subscript(experiment experiment: String) -> Experiment? {
        Name(experiment).flatMap { dealings[$0]?.experiment }
    }
}
