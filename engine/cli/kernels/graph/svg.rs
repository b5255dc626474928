//! Graphs as pictures.

use std::fmt::Write as _;

use super::{
    flow::Flow,
    layout::{self, LETTER, LINE, Layout, Line, PAD, Rect, TextKind},
};

/// Colors of tensors, in turn: dark enough to read on white.
const COLORS: [&str; 10] = [
    "#1f5fa8", "#b5461d", "#2b7a3d", "#7a3d99", "#a3165b", "#0f7c86", "#8a6410", "#4a4ac2",
    "#5e7d0d", "#9c2f2f",
];

/// The graph as SVG.
pub(super) fn render(flow: &Flow, title: &str) -> String {
    let layout = layout::layout(flow);
    let width = layout.width.max(title.chars().count() as f32 * LETTER * 1.3 + 2.0 * LINE);
    let height = layout.height;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"monospace\" font-size=\"10\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LINE}\" y=\"{:.0}\" font-size=\"13\" font-weight=\"bold\">{}</text>\n",
        2.0 * LINE,
        escaped(title)
    );
    for (frame, rect) in flow.frames.iter().zip(&layout.frames) {
        if !frame.title.is_empty() {
            write_rect(&mut out, *rect, "fill=\"#f4f4f0\" stroke=\"#8c8c84\"");
        }
    }
    for line in &layout.lines {
        write_line(&mut out, flow, line);
    }
    write_boxes(&mut out, &layout);
    for (frame, rect) in flow.frames.iter().zip(&layout.frames) {
        let (x, y, title) = (rect.x + PAD, rect.y + LINE, escaped(&frame.title));
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"#55554f\" stroke=\"#f4f4f0\" \
             stroke-width=\"3\" paint-order=\"stroke\">{title}</text>"
        );
    }
    for &([x, y], tensor) in &layout.lane_labels {
        let name = flow.tensors[tensor].label.split(' ').next().unwrap_or_default();
        let (x, y, color) = (x - 2.0, y + 4.0, color(tensor));
        let _ = writeln!(
            out,
            "<text transform=\"translate({x:.1} {y:.1}) rotate(90)\" fill=\"{color}\" \
             font-size=\"9\" stroke=\"#ffffff\" stroke-width=\"2\" paint-order=\"stroke\">{}</text>",
            escaped(name)
        );
    }
    out.push_str("</svg>\n");
    out
}

fn write_boxes(out: &mut String, layout: &Layout) {
    for (rect, texts) in &layout.boxes {
        write_rect(out, *rect, "fill=\"#ffffff\" stroke=\"#33332f\" rx=\"3\"");
        for (index, text) in texts.iter().enumerate() {
            let (x, y) = (rect.x + PAD, rect.y + PAD + LINE * (index as f32 + 0.8));
            let style = match text.kind {
                TextKind::Title => "font-weight=\"bold\"".to_owned(),
                TextKind::Shape => "fill=\"#55554f\"".to_owned(),
                TextKind::Note => "fill=\"#6b5d1e\" font-style=\"italic\"".to_owned(),
                TextKind::Result(tensor) => format!("fill=\"{}\"", color(tensor)),
            };
            let text = escaped(&text.text);
            let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" {style}>{text}</text>");
        }
    }
}

fn write_rect(out: &mut String, rect: Rect, style: &str) {
    let Rect { x, y, width, height } = rect;
    let _ = writeln!(
        out,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {style}/>"
    );
}

/// A line: straight where it runs along an axis, else a curve that leaves and arrives upright.
fn write_line(out: &mut String, flow: &Flow, line: &Line) {
    let mut path = String::new();
    let mut before: Option<[f32; 2]> = None;
    for &[x, y] in &line.points {
        let _ = match before {
            None => write!(path, "M{x:.1} {y:.1}"),
            Some([x0, y0]) if is_same(x0, x) || is_same(y0, y) => write!(path, "L{x:.1} {y:.1}"),
            Some([x0, y0]) => {
                let middle = f32::midpoint(y0, y);
                write!(path, "C{x0:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {y:.1}")
            }
        };
        before = Some([x, y]);
    }
    let (color, label) = (color(line.tensor), escaped(&flow.tensors[line.tensor].label));
    let _ = writeln!(
        out,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.3\" \
         stroke-opacity=\"0.8\"><title>{label}</title></path>"
    );
    if let Some([x, y]) = before {
        let _ = writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.2\" fill=\"{color}\"/>");
    }
}

/// Whether two places differ by less than what is drawn.
fn is_same(a: f32, b: f32) -> bool {
    (a - b).abs() < 0.05
}

fn color(tensor: usize) -> &'static str {
    COLORS[tensor % COLORS.len()]
}

/// Text as XML has it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(escaped("a<b & \"c\""), "a&lt;b &amp; &quot;c&quot;");
    }
}
