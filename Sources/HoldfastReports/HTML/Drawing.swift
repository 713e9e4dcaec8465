/// Shapes and texts on a ground of a given width, for one `<svg>`.
///
/// Lengths are those of the page: a text of size 13 is as large as it says where the picture has
/// its full width.
struct Drawing: Sendable {
    /// Its width.
    let width: Double
    /// Its height, down to the lowest shape.
    var height = 0.0
    private var shapes: [HTML] = []

    /// The size of all texts.
    static let textSize = 13.0

    /// Which end of a text lies at its place.
    enum Anchor: String, Sendable {
        case start
        case middle
        case end
    }

    init(width: Double) {
        self.width = width
    }

    /// A text whose foot is at `y`. Where it is wider than `room`, it is shortened, and the full
    /// text appears under the pointer.
    mutating func text(
        _ text: String, x: Double, y: Double, anchor: Anchor = .start, room: Double? = nil,
        style: String = "t", isBold: Bool = false
    ) {
        let short =
            room.map {
                TextWidth.shortened(text, to: $0, size: Drawing.textSize, isBold: isBold)
            } ?? text
        shapes.append(
            HTML(
                "text",
                [
                    "class": isBold ? style + " t-strong" : style, "x": Drawing.length(x),
                    "y": Drawing.length(y), "text-anchor": anchor.rawValue,
                    "font-size": Drawing.length(Drawing.textSize),
                ]
            ) {
                if short != text { HTML("title") { text } }
                short
            })
        height = max(height, y + 4)
    }

    /// A rectangle, with a text under the pointer.
    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, style: StaticString,
        radius: Double = 0, title: String? = nil
    ) {
        add(title) {
            HTML(
                "rect",
                [
                    "class": "\(style)", "x": Drawing.length(x), "y": Drawing.length(y),
                    "width": Drawing.length(max(width, 0)),
                    "height": Drawing.length(max(height, 0)), "rx": Drawing.length(radius),
                ])
        }
        self.height = max(self.height, y + height + 1)
    }

    /// A straight line.
    mutating func line(x1: Double, y1: Double, x2: Double, y2: Double, style: StaticString) {
        shapes.append(
            HTML(
                "line",
                [
                    "class": "\(style)", "x1": Drawing.length(x1), "y1": Drawing.length(y1),
                    "x2": Drawing.length(x2), "y2": Drawing.length(y2),
                ]))
        height = max(height, y1 + 1, y2 + 1)
    }

    /// A line from point to point, closed where it is a surface.
    mutating func path(
        _ points: [(x: Double, y: Double)], style: String, isClosed: Bool = false
    ) {
        guard !points.isEmpty else { return }
        let steps = points.enumerated().map { place, point in
            (place == 0 ? "M" : "L") + Drawing.length(point.x) + " " + Drawing.length(point.y)
        }
        shapes.append(
            HTML("path", ["class": style, "d": steps.joined() + (isClosed ? "Z" : "")]))
    }

    /// The mark of a series at a place: each has a shape of its own.
    mutating func mark(_ series: Int, x: Double, y: Double, style: String, title: String? = nil) {
        let r = 4.5
        let outlines: [[(Double, Double)]] = [
            [], [(-r, -r), (r, -r), (r, r), (-r, r)], [(0, -r * 1.3), (r * 1.2, r), (-r * 1.2, r)],
            [(0, -r * 1.4), (r * 1.4, 0), (0, r * 1.4), (-r * 1.4, 0)],
            [(0, r * 1.3), (r * 1.2, -r), (-r * 1.2, -r)],
            [(-r * 1.4, -r * 0.7), (r * 1.4, -r * 0.7), (r * 1.4, r * 0.7), (-r * 1.4, r * 0.7)],
            [(-r, 0), (-r * 0.5, -r), (r * 0.5, -r), (r, 0), (r * 0.5, r), (-r * 0.5, r)],
        ]
        let outline = outlines[series % outlines.count]
        add(title) {
            guard outline.isEmpty else {
                let steps = outline.enumerated().map { place, point in
                    (place == 0 ? "M" : "L") + Drawing.length(x + point.0) + " "
                        + Drawing.length(y + point.1)
                }
                return HTML("path", ["class": style, "d": steps.joined() + "Z"])
            }
            return HTML(
                "circle",
                [
                    "class": style, "cx": Drawing.length(x), "cy": Drawing.length(y),
                    "r": Drawing.length(r),
                ])
        }
    }

    /// Adds what is drawn elsewhere; its height is for the caller to keep.
    mutating func add(_ shape: HTML) { shapes.append(shape) }

    private mutating func add(_ title: String?, _ shape: () -> HTML) {
        let shape = shape()
        guard let title else { return shapes.append(shape) }
        shapes.append(
            HTML("g") {
                HTML("title") { title }
                shape
            })
    }

    /// The picture, with its name and what it shows for those who do not see it.
    func html(id: String, style: String, title: String, description: String) -> HTML {
        HTML(
            "svg",
            [
                "class": style, "role": "img", "aria-labelledby": "\(id)-title \(id)-text",
                "width": Drawing.length(width), "height": Drawing.length(height.rounded(.up)),
                "viewBox": "0 0 \(Drawing.length(width)) \(Drawing.length(height.rounded(.up)))",
            ]
        ) {
            HTML("title", ["id": "\(id)-title"]) { title }
            HTML("desc", ["id": "\(id)-text"]) { description }
            HTML.list(shapes)
        }
    }

    /// A length, to a tenth.
    static func length(_ value: Double) -> String {
        let text = CheckFigures.fixed(value, 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
