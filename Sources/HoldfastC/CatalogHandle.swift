internal import Glibc
internal import HoldfastAssignment

/// A catalog as C holds it: everything that an answer points at stands ready, ended by a zero byte.
///
/// Nothing in it changes after it was made, so that any number of threads may read it.
final class CatalogHandle {
    /// An experiment with the texts of its answers.
    struct Entry {
        let name: [UInt8]
        let dealer: Dealer
        let arms: [CText]
        let holdouts: [CText]
        /// By the arm's place: whether it is acted upon.
        let acts: [Bool]
    }

    let revision: CText
    /// The experiments, in the order of their names' bytes.
    private let entries: [Entry]

    init(_ catalog: Catalog) throws(AssignmentFault) {
        revision = CText(catalog.revision)
        var entries: [Entry] = []
        for experiment in catalog.experiments {
            let dealer = try catalog.dealer(for: experiment.name.text)
            entries.append(
                Entry(
                    name: Array(experiment.name.text.utf8), dealer: dealer,
                    arms: experiment.arms.map { CText($0.name.text) },
                    holdouts: dealer.holdoutNames.map { CText($0.text) },
                    acts: experiment.arms.map { $0.name != .control }))
        }
        self.entries = entries.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// The place of the experiment of this name, by bisection.
    func place(of name: UnsafeRawBufferPointer) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            let order = CatalogHandle.compare(entries[middle].name, name)
            if order == 0 { return middle }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    subscript(place: Int) -> Entry { entries[place] }

    /// The names that a message may list.
    var names: [Name] { entries.map(\.dealer.experiment.name) }

    private static func compare(_ one: [UInt8], _ other: UnsafeRawBufferPointer) -> Int {
        let shared = min(one.count, other.count)
        let order = one.withUnsafeBytes { bytes -> Int in
            guard shared > 0, let left = bytes.baseAddress, let right = other.baseAddress else {
                return 0
            }
            return Int(memcmp(left, right, shared))
        }
        return order != 0 ? order : one.count - other.count
    }
}

/// A text for C, which lives as long as this does.
final class CText {
    let pointer: UnsafePointer<CChar>
    private let storage: UnsafeMutableBufferPointer<CChar>

    init(_ text: String) {
        let bytes = text.utf8.map { CChar(bitPattern: $0) } + [0]
        storage = .allocate(capacity: bytes.count)
        _ = storage.initialize(from: bytes)
        // One byte at least: the zero.
        guard let base = storage.baseAddress else { preconditionFailure("it was allocated") }
        pointer = UnsafePointer(base)
    }

    deinit { storage.deallocate() }
}
