import Foundation
import FoundationXML
import Testing

@testable import HoldfastReports

/// An element of a page that was read back.
final class PageElement {
    let name: String
    let attributes: [String: String]
    private(set) var children: [PageElement] = []
    /// The text right in it, without that of its children.
    fileprivate(set) var text = ""
    private(set) weak var parent: PageElement?

    init(_ name: String, _ attributes: [String: String], in parent: PageElement?) {
        self.name = name
        self.attributes = attributes
        self.parent = parent
        parent?.children.append(self)
    }

    /// The element and all below it, in the order of the page.
    var all: [PageElement] { [self] + children.flatMap(\.all) }

    /// All text in it.
    var allText: String { text + children.map(\.allText).joined() }

    /// The nearest element above with that name.
    func within(_ name: String) -> PageElement? {
        parent.flatMap { $0.name == name ? $0 : $0.within(name) }
    }
}

/// A page as an XML parser reads it: one that is not well-formed is an error.
final class ParsedPage: NSObject, XMLParserDelegate {
    private(set) var elements: [PageElement] = []
    private var open: [PageElement] = []

    init(_ markup: String) throws {
        super.init()
        let parser = XMLParser(data: Data(markup.utf8))
        parser.delegate = self
        guard parser.parse() else {
            let line = markup.split(separator: "\n", omittingEmptySubsequences: false)
                .dropFirst(parser.lineNumber - 1).first
            throw NotWellFormed(
                line: parser.lineNumber, text: String((line ?? "").prefix(200)),
                fault: parser.parserError?.localizedDescription ?? "")
        }
    }

    struct NotWellFormed: Error {
        var line: Int
        var text: String
        var fault: String
    }

    func all(_ name: String) -> [PageElement] { elements.filter { $0.name == name } }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        let element = PageElement(name, attributes, in: open.last)
        elements.append(element)
        open.append(element)
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
        qualifiedName: String?
    ) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) { open.last?.text += text }
}

/// Where a text of a picture stands, by the estimate of its width.
private struct TextBox {
    var text: String
    var left: Double
    var right: Double
    var foot: Double

    init?(_ element: PageElement) {
        guard let x = Double(element.attributes["x"] ?? ""),
            let y = Double(element.attributes["y"] ?? ""),
            let size = Double(TextBox.attribute("font-size", of: element))
        else { return nil }
        text = element.text
        let isBold = TextBox.attribute("class", of: element).contains("t-strong")
        let width = TextWidth.estimate(text, size: size, isBold: isBold)
        left =
            switch TextBox.attribute("text-anchor", of: element) {
            case "middle": x - width / 2
            case "end": x - width
            default: x
            }
        right = left + width
        foot = y
    }

    /// An attribute of a text, or of the group that it stands in.
    private static func attribute(_ name: String, of element: PageElement) -> String {
        element.attributes[name] ?? element.parent.flatMap { $0.attributes[name] } ?? ""
    }

    func overlaps(_ other: TextBox) -> Bool {
        left < other.right - 0.5 && other.left < right - 0.5 && abs(foot - other.foot) < 12
    }
}

/// What is wrong with the pictures of a page: texts that overlap or leave the picture, figures that
/// are no numbers, and whatever a screen reader would miss.
func pictureFaults(_ page: ParsedPage) -> [String] {
    let names = Dictionary(
        page.elements.compactMap { element in element.attributes["id"].map { ($0, element) } },
        uniquingKeysWith: { one, _ in one })
    return page.all("svg").flatMap { svg -> [String] in
        var faults: [String] = []
        let names = (svg.attributes["aria-labelledby"] ?? "").split(separator: " ").compactMap {
            names[String($0)]
        }
        if svg.attributes["role"] != "img" || names.map(\.name) != ["title", "desc"]
            || names.contains(where: { $0.text.isEmpty || $0.parent !== svg })
        {
            faults.append("a picture has no name")
        }
        // A picture in a cell has its figures in the same row.
        let hasTable = svg.within("figure")?.all.contains { $0.name == "table" } == true
        if !hasTable && svg.within("tr") == nil {
            faults.append("a picture has no table beside it")
        }
        let sizes = (svg.attributes["viewBox"] ?? "").split(separator: " ").compactMap {
            Double($0)
        }
        guard sizes.count == 4 else { return faults + ["a picture has no size"] }
        let boxes = svg.all.filter { $0.name == "text" }.compactMap(TextBox.init)
        for (place, box) in boxes.enumerated() {
            if box.left < -1 || box.right > sizes[2] + 1 || box.foot > sizes[3] || box.foot < 9 {
                faults.append("\"\(box.text)\" leaves the picture")
            }
            for other in boxes[..<place] where box.overlaps(other) {
                faults.append("\"\(box.text)\" overlaps \"\(other.text)\"")
            }
        }
        return faults.map { (names.first?.text ?? "") + ": " + $0 }
    }
}
