public import HoldfastFormats

/// What a retraining set says of itself to a catalogue of data sets: who made it, under which
/// licence, how to cite it.
///
///     DatasetCard(licence: "CC-BY-4.0", creator: "Lending")
///
/// What is left out is filled in from the manifest, and only with what is true of any set: its
/// version is that of its rows, its date is the as-of time, and an owner that nobody named is not
/// made up. So the same export gives the same bytes.
public struct DatasetCard: Sendable, Equatable {
    /// Its name.
    public var name: String?
    /// What it holds, for people.
    public var description: String?
    /// The licence: a name as SPDX has it, a URL, or a statement.
    public var licence: String?
    /// The person or organisation that made it.
    public var creator: String?
    /// Its page, or a name for it as a URI.
    public var url: String?
    /// How to cite it, in BibTeX where possible.
    public var citeAs: String?
    /// Its version, as semantic versioning has it: MAJOR.MINOR.PATCH.
    public var version: String?
    /// When it was published.
    public var datePublished: Timestamp?

    /// A card of what is known.
    public init(
        name: String? = nil, description: String? = nil, licence: String? = nil,
        creator: String? = nil, url: String? = nil, citeAs: String? = nil, version: String? = nil,
        datePublished: Timestamp? = nil
    ) {
        self.name = name
        self.description = description
        self.licence = licence
        self.creator = creator
        self.url = url
        self.citeAs = citeAs
        self.version = version
        self.datePublished = datePublished
    }

    /// The licence of a set whose owner named none.
    public static let unstatedLicence = "proprietary: not stated by its owner"
    /// The creator of a set whose owner is not named.
    public static let unstatedCreator = "the owner of the ledger, not named"

    /// Refuses what catalogues of data sets would not take: to be asked before long work begins.
    public func check() throws(ExportError) {
        let texts = [name, description, licence, creator, url, citeAs, version]
        guard !texts.contains(where: { $0?.allSatisfy(\.isWhitespace) == true }) else {
            throw ExportError("the data set's card has an empty entry", "fill it or leave it out")
        }
        if let version, version.wholeMatch(of: DatasetCard.semanticVersion) == nil {
            throw ExportError(
                "the data set's version \"\(version.prefix(80))\" is not MAJOR.MINOR.PATCH",
                "write it as 1.4.0, or leave it out")
        }
        if let url, url.wholeMatch(of: /[A-Za-z][A-Za-z0-9+.-]*:[!-~]+/) == nil {
            throw ExportError(
                "the data set's url \"\(url.prefix(80))\" is none",
                "write it whole, as https://data.example/credit-limit")
        }
    }

    /// Semantic Versioning 2.0.0, clauses 2, 9 and 10: no number has a zero before it.
    private static var semanticVersion: Regex<Substring> {
        let number = "(?:0|[1-9][0-9]*)"
        let early = "(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
        let build = "[0-9A-Za-z-]+"
        let text =
            "\(number)\\.\(number)\\.\(number)"
            + "(?:-\(early)(?:\\.\(early))*)?(?:\\+\(build)(?:\\.\(build))*)?"
        do {
            return try Regex(text, as: Substring.self)
        } catch {
            preconditionFailure("the expression is one: \(error)")
        }
    }

    // MARK: - Filled in

    /// A card without gaps.
    struct Filled {
        var name: String
        var description: String
        var licence: String
        var creator: String
        /// Its page or its name as a URI, and whether its owner gave it.
        var url: String
        var isOwnURL: Bool
        var citeAs: String
        var version: String
        var datePublished: Timestamp
    }

    /// The card of a set, its gaps filled in from the manifest.
    func filled(for manifest: Manifest) -> Filled {
        let name = name ?? "\(manifest.experiment)-retraining-set"
        let url =
            url ?? "urn:holdfast:set:\(manifest.experiment):\(manifest.revision)"
            + ":\(DatasetCard.compact(manifest.asOf))"
        let version = version ?? DatasetCard.version(of: manifest)
        let date = datePublished ?? manifest.asOf
        return Filled(
            name: name, description: description ?? DatasetCard.describe(manifest),
            licence: licence ?? DatasetCard.unstatedLicence,
            creator: creator ?? DatasetCard.unstatedCreator, url: url, isOwnURL: self.url != nil,
            citeAs: citeAs
                ?? DatasetCard.citation(
                    name: name, version: version, creator: creator, year: date, of: manifest),
            version: version, datePublished: date)
    }

    /// The version of a set's rows: the layout's, then the revision and the as-of time as a build.
    private static func version(of manifest: Manifest) -> String {
        "1.0.0+\(manifest.revision).\(compact(manifest.asOf))"
    }

    /// A time without marks between its digits: 20260701T000000Z.
    private static func compact(_ time: Timestamp) -> String {
        String(time.description.filter { $0 != "-" && $0 != ":" && $0 != "." })
    }

    private static func describe(_ manifest: Manifest) -> String {
        let rows =
            switch manifest.mode {
            case .control:
                "decisions in control or a holdout"
            case .weighted:
                "decisions in control or a holdout where the model would have acted, each weighted "
                    + "by how many it stands for, and decisions where it would not have acted"
            }
        let parts = manifest.parts.map { "\($0.name) (\($0.rows) rows)" }
        var text =
            "A retraining set of the experiment \(manifest.experiment): \(rows), none of them "
            + "reached by a treatment as far as the ledger says. Label: \(manifest.outcome.name) "
            + "within \(manifest.outcome.horizon) of the decision. Received by \(manifest.asOf). "
            + "Parts: \(parts.joined(separator: ", "))."
        let waived = manifest.gates.filter { $0.waiver != nil }.map(\.name.rawValue)
        if !waived.isEmpty {
            text += " Gates that failed and were waived: \(waived.joined(separator: ", "))."
        }
        return text + " The file manifest.json counts every decision left out, by reason."
    }

    private static func citation(
        name: String, version: String, creator: String?, year: Timestamp, of manifest: Manifest
    ) -> String {
        // BibTeX reads these for itself.
        func plain(_ text: String) -> String {
            text.map { "\\{}%&#$_~^".contains($0) ? "\\\($0)" : String($0) }.joined()
        }
        let author = creator.map { "author = {\(plain($0))}, " } ?? ""
        return "@misc{\(manifest.experiment)-\(manifest.revision), \(author)"
            + "title = {\(plain(name))}, year = {\(year.description.prefix(4))}, "
            + "note = {Version \(plain(version))}}"
    }
}
