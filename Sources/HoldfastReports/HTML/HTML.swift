/// A piece of a page: a text, an element, or several after one another.
///
///     HTML("p", ["class": "lead"]) { "a < b" }.markup   // <p class="lead">a &lt; b</p>
///
/// Text is escaped where it is written, and there is no other way onto the page; the names of
/// elements and attributes are literals of the source. So nothing that a ledger or a file holds
/// becomes markup. What is written is both HTML and well-formed XML.
enum HTML: Sendable, ExpressibleByStringInterpolation {
    case text(String)
    indirect case element(StaticString, [(name: StaticString, value: String)], HTML)
    case list([HTML])

    /// An element with what is in it.
    init(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:],
        @HTMLBuilder _ content: () -> HTML = { .list([]) }
    ) {
        self = .element(name, attributes.map { ($0.key, $0.value) }, content())
    }

    init(stringLiteral text: String) { self = .text(text) }

    /// The markup.
    var markup: String {
        var markup = ""
        write(to: &markup)
        return markup
    }

    private func write(to markup: inout String) {
        switch self {
        case .text(let text): HTML.escape(text, into: &markup)
        case .list(let parts): for part in parts { part.write(to: &markup) }
        case .element(let name, let attributes, let content):
            let name = name.description
            if !HTML.flowing.contains(name) { markup += "\n" }
            markup += "<\(name)"
            for attribute in attributes {
                markup += " \(attribute.name)=\""
                HTML.escape(attribute.value, into: &markup)
                markup += "\""
            }
            if HTML.void.contains(name) {
                markup += " />"
            } else {
                markup += ">"
                content.write(to: &markup)
                markup += "</\(name)>"
            }
        }
    }

    /// Elements without an end tag: those of HTML, and the shapes of SVG.
    private static let void: Set<String> = ["meta", "br", "rect", "line", "path", "circle"]

    /// Elements within a line, before which no line may be broken, and the cells of a row. All
    /// others begin one, so that pages can be compared line by line.
    private static let flowing: Set<String> = [
        "a", "b", "bdi", "code", "span", "td", "title", "br",
    ]

    /// Writes a text so that it is only ever text, between tags and in attributes.
    ///
    /// What XML cannot hold, and what would turn the reading order of the text around it, becomes
    /// U+FFFD, so that no name reads as another.
    private static func escape(_ text: String, into markup: inout String) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x26: markup += "&amp;"
            case 0x3C: markup += "&lt;"
            case 0x3E: markup += "&gt;"
            case 0x22: markup += "&quot;"
            case 0x27: markup += "&#39;"
            case 0x09, 0x0A: markup.unicodeScalars.append(scalar)
            case 0..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF, 0x061C, 0x200E, 0x200F, 0x2028, 0x2029,
                0x202A...0x202E, 0x2066...0x2069:
                markup += "\u{FFFD}"
            default: markup.unicodeScalars.append(scalar)
            }
        }
    }
}

/// Lets a page be written as the tree that it is, with `if` and `for` among its elements.
@resultBuilder enum HTMLBuilder {
    static func buildExpression(_ html: HTML) -> HTML { html }
    static func buildExpression(_ text: String) -> HTML { .text(text) }
    static func buildBlock(_ parts: HTML...) -> HTML { .list(parts) }
    static func buildOptional(_ part: HTML?) -> HTML { part ?? .list([]) }
    static func buildEither(first part: HTML) -> HTML { part }
    static func buildEither(second part: HTML) -> HTML { part }
    static func buildArray(_ parts: [HTML]) -> HTML { .list(parts) }
}
