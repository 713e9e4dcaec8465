internal import Glibc

/// Bytes that come in portions from a descriptor, handed over line by line without a copy.
package final class LineBuffer {
    /// The longest line in bytes: a row of a table's with its texts.
    package static let lineLimit = 1 << 28
    private static let portion = 1 << 18

    private var bytes = UnsafeMutableRawPointer.allocate(byteCount: 2 * portion, alignment: 16)
    private var capacity = 2 * portion
    /// Lines begin here, no line feed is before there, and bytes end here.
    private var (start, searched, end) = (0, 0, 0)

    package init() {}

    deinit { bytes.deallocate() }

    /// The next line without its line feed, as long as nothing else is asked for; `nil` where more
    /// bytes are needed.
    package func next() -> UnsafeBufferPointer<UInt8>? {
        guard let found = memchr(bytes + searched, 0x0A, end - searched) else {
            searched = end
            return nil
        }
        let stop = UnsafeRawPointer(bytes).distance(to: UnsafeRawPointer(found))
        defer { (start, searched) = (stop + 1, stop + 1) }
        return part(from: start, to: stop)
    }

    /// What stands behind the last line feed; empty where nothing does.
    package func rest() -> UnsafeBufferPointer<UInt8> {
        defer { (start, searched) = (end, end) }
        return part(from: start, to: end)
    }

    /// Reads once from a descriptor: as `read` answers, with `EMSGSIZE` for a line that is longer
    /// than ``lineLimit``.
    package func fill(from descriptor: Int32) -> Int {
        makeRoom()
        guard capacity - end > 0 else {
            errno = EMSGSIZE
            return -1
        }
        let count = read(descriptor, bytes + end, capacity - end)
        end += max(count, 0)
        return count
    }

    private func part(from start: Int, to end: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeRawBufferPointer(start: bytes + start, count: end - start)
            .assumingMemoryBound(to: UInt8.self)
    }

    private func makeRoom() {
        guard capacity - end < LineBuffer.portion else { return }
        let used = end - start
        if start > 0 {
            memmove(bytes, bytes + start, used)
            (start, searched, end) = (0, searched - start, used)
        }
        guard capacity - end < LineBuffer.portion, capacity < LineBuffer.lineLimit else { return }
        capacity *= 2
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: bytes, byteCount: used)
        bytes.deallocate()
        bytes = larger
    }
}
