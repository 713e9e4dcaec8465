internal import Glibc

/// The categories of a column by their bytes, each stored once, with how many rows it has.
///
/// Open addressing. A slot holds 32 bits of the hash beside the category's place, so that all but
/// one in four billion of the mismatches compare no bytes; a name of up to eight bytes is one word
/// and its length, and compares none at all.
///
/// Names of up to 16 bytes are hashed by one multiplication of 64 by 64 bits, whose two factors
/// each hold a secret of the process: without them nobody can write a file whose names collide
/// on purpose. Longer ones go through `Hasher`, which is as safe and, at that length, fast enough.
/// Nothing that is reported depends on the secrets or on the order of the slots.
struct CategoryTable: Sendable {
    /// A category: where its bytes are, its first ones as a word, and its rows.
    struct Entry: Sendable {
        var word: UInt64
        var start: Int
        var count: Int
        var length: UInt32
        var tag: UInt32
    }

    /// A name as it is looked up.
    private struct Key {
        var word: UInt64
        var hash: UInt64
        var tag: UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }
    }

    /// The categories in the order of first occurrence.
    private(set) var entries: [Entry] = []
    private var bytes: [UInt8] = []
    /// The tag of a category in the upper half and its place and 1 in the lower one, or 0 for a
    /// free slot; never over half full.
    private var slots = [UInt64](repeating: 0, count: 16)
    private let secrets: (UInt64, UInt64)

    /// A table of nothing.
    init() {
        // A Hasher of nothing but a number is the process's own seed, scrambled.
        func secret(_ number: Int) -> UInt64 {
            var hasher = Hasher()
            hasher.combine(number)
            return UInt64(truncatingIfNeeded: hasher.finalize())
        }
        secrets = (secret(1), secret(2) | 1)
    }

    /// The bytes of memory in use, without what arrays keep in reserve.
    var usedBytes: Int {
        bytes.count + entries.count * MemoryLayout<Entry>.stride
            + slots.count * MemoryLayout<UInt64>.stride
    }

    /// Adds rows to a category and answers its place.
    mutating func place(adding name: UnsafeBufferPointer<UInt8>, rows: Int) -> Int {
        let name = UnsafeRawBufferPointer(name)
        let key = key(of: name)
        let slot = slot(of: name, key)
        if slots[slot] != 0 {
            let place = Int(truncatingIfNeeded: slots[slot] & 0xFFFF_FFFF) - 1
            entries[place].count += rows
            return place
        }
        insert(name, key, in: slot, rows: rows)
        return entries.count - 1
    }

    /// The place of a category, or `nil` where it was not seen.
    func place(of name: UnsafeBufferPointer<UInt8>) -> Int? {
        let name = UnsafeRawBufferPointer(name)
        let found = slots[slot(of: name, key(of: name))]
        return found == 0 ? nil : Int(truncatingIfNeeded: found & 0xFFFF_FFFF) - 1
    }

    /// Calls `body` with each place and its bytes, in the order of first occurrence.
    func each(_ body: (Int, UnsafeBufferPointer<UInt8>) -> Void) {
        bytes.withUnsafeBufferPointer { all in
            for (place, entry) in entries.enumerated() {
                let range = entry.start..<entry.start + Int(entry.length)
                body(place, UnsafeBufferPointer(rebasing: all[range]))
            }
        }
    }

    /// The bytes of the category at a place.
    func name(at place: Int) -> [UInt8] {
        let entry = entries[place]
        return Array(bytes[entry.start..<entry.start + Int(entry.length)])
    }
}

extension CategoryTable {
    private mutating func insert(
        _ name: UnsafeRawBufferPointer, _ key: Key, in slot: Int, rows: Int
    ) {
        precondition(entries.count < Int(UInt32.max) - 1 && name.count <= Int(UInt32.max))
        entries.append(
            Entry(
                word: key.word, start: bytes.count, count: rows, length: UInt32(name.count),
                tag: key.tag))
        bytes.append(contentsOf: name)
        slots[slot] = UInt64(key.tag) << 32 | UInt64(entries.count)
        if entries.count * 2 > slots.count { grow() }
    }

    /// The slot that holds a category, or the free one where it belongs.
    private func slot(of name: UnsafeRawBufferPointer, _ key: Key) -> Int {
        slots.withUnsafeBufferPointer { slots in
            let mask = slots.count - 1
            var slot = Int(truncatingIfNeeded: key.hash) & mask
            while true {
                let found = slots[slot]
                if found == 0 { return slot }
                if UInt32(truncatingIfNeeded: found >> 32) == key.tag {
                    let entry = entries[Int(truncatingIfNeeded: found & 0xFFFF_FFFF) - 1]
                    if entry.word == key.word && Int(entry.length) == name.count
                        && (name.count <= 8 || rest(of: entry, is: name))
                    {
                        return slot
                    }
                }
                slot = (slot + 1) & mask
            }
        }
    }

    private func rest(of entry: Entry, is name: UnsafeRawBufferPointer) -> Bool {
        bytes.withUnsafeBytes { all in
            guard let one = all.baseAddress, let other = name.baseAddress else { return false }
            // Within bounds: the table has written that many bytes there.
            return memcmp(one + entry.start, other, name.count) == 0
        }
    }

    /// The hash says where a category is looked for first, so that growing moves them by it alone;
    /// only its upper half is kept, and the names must be hashed again.
    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        bytes.withUnsafeBytes { all in
            for (place, entry) in entries.enumerated() {
                let range = entry.start..<entry.start + Int(entry.length)
                let key = key(of: UnsafeRawBufferPointer(rebasing: all[range]))
                var slot = Int(truncatingIfNeeded: key.hash) & mask
                while slots[slot] != 0 { slot = (slot + 1) & mask }
                slots[slot] = UInt64(entry.tag) << 32 | UInt64(place + 1)
            }
        }
    }

    /// A name's first bytes as a word, which up to eight bytes tells it from all of its length,
    /// and its hash.
    @inline(__always)
    private func key(of name: UnsafeRawBufferPointer) -> Key {
        let length = name.count
        guard length > 0, let base = name.baseAddress else {
            return Key(word: 0, hash: Self.fold(secrets.0, secrets.1))
        }
        if length <= 8 {
            let word = Self.word(base, length)
            let hash = Self.fold(word ^ secrets.0, secrets.1 ^ UInt64(length) << 1)
            return Key(word: word, hash: hash)
        }
        let word = base.loadUnaligned(as: UInt64.self)
        if length <= 16 {
            let last = base.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self)
            // The length tells apart what the two words do not: at most eight names.
            let hash = Self.fold(word ^ secrets.0, last ^ secrets.1) &+ UInt64(length)
            return Key(word: word, hash: hash)
        }
        var hasher = Hasher()
        hasher.combine(bytes: name)
        return Key(word: word, hash: UInt64(truncatingIfNeeded: hasher.finalize()))
    }

    /// One to eight bytes as a word that differs between any two names of one length.
    @inline(__always)
    private static func word(_ base: UnsafeRawPointer, _ length: Int) -> UInt64 {
        if length >= 4 {
            let first = base.loadUnaligned(as: UInt32.self)
            let last = base.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self)
            return UInt64(first) | UInt64(last) << 32
        }
        let first = base.load(as: UInt8.self)
        let middle = base.load(fromByteOffset: length / 2, as: UInt8.self)
        let last = base.load(fromByteOffset: length - 1, as: UInt8.self)
        return UInt64(first) | UInt64(middle) << 8 | UInt64(last) << 16
    }

    /// Both halves of a product of 128 bits, of which each bit depends on all of both factors.
    @inline(__always)
    private static func fold(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other)
        return product.high ^ product.low
    }
}
