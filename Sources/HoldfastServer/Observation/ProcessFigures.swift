internal import Glibc

/// What the kernel says of this process; `nil` where it says nothing.
struct ProcessFigures {
    /// The bytes of memory that are held in RAM.
    let residentBytes: Int?
    /// The files, sockets and pipes that are open.
    let openDescriptors: Int?

    /// As it is now.
    init() {
        residentBytes = ProcessFigures.residentPages.map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) }
        openDescriptors = ProcessFigures.descriptorCount
    }

    /// The second number of statm: pages.
    private static var residentPages: Int? {
        guard let file = fopen("/proc/self/statm", "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = fread(&bytes, 1, bytes.count, file)
        let numbers = bytes.prefix(count).split(separator: UInt8(ascii: " "))
        guard numbers.count > 1 else { return nil }
        return Int(String(decoding: numbers[1], as: UTF8.self))
    }

    private static var descriptorCount: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Besides the folder itself and its parent, the descriptor by which it is read.
        return max(0, count - 3)
    }
}
