public import Foundation

/// The pages of an SQLite database, for tests that damage one.
///
///     SQLitePages.zero(2, in: &bytes)
public enum SQLitePages {
    /// How many bytes a page has, as the head of the file says (2 bytes from the 16th on, 65,536
    /// written as 1: the SQLite file format, 1.3.2).
    public static func size(in file: Data) -> Int {
        let written = Int(file[file.startIndex + 16]) << 8 | Int(file[file.startIndex + 17])
        return written == 1 ? 65_536 : written
    }

    /// Overwrites a page with zeros; pages are counted from 1.
    public static func zero(_ page: Int, in file: inout Data) {
        let size = size(in: file)
        file.replaceSubrange((page - 1) * size..<page * size, with: Data(count: size))
    }
}
