//! Graphs as text for Graphviz.

use std::fmt::Write as _;

use super::flow::Flow;

/// The graph in the DOT language.
pub(super) fn render(flow: &Flow, title: &str) -> String {
    let mut out = format!(
        "digraph kernels {{\n  label={}; labelloc=t; rankdir=TB; fontname=monospace;\n  \
         node [shape=box, fontname=monospace, fontsize=10];\n  \
         edge [fontname=monospace, fontsize=9];\n",
        quoted(title)
    );
    for (number, frame) in flow.frames.iter().enumerate() {
        let boxes = frame.chains.iter().flatten();
        if frame.title.is_empty() {
            for &number in boxes {
                let title = quoted(&flow.boxes[number].title);
                let _ = writeln!(out, "  p{number} [label={title}, shape=ellipse];");
            }
            continue;
        }
        let _ = writeln!(out, "  subgraph cluster_{number} {{");
        let _ = writeln!(out, "    label={}; fontsize=10;", quoted(&frame.title));
        for &number in boxes {
            write_box(&mut out, flow, number);
        }
        out.push_str("  }\n");
    }
    for tensor in &flow.tensors {
        for to in &tensor.to {
            let _ = writeln!(out, "  p{} -> p{to} [label={}];", tensor.from, quoted(&tensor.label));
        }
    }
    out.push_str("}\n");
    out
}

fn write_box(out: &mut String, flow: &Flow, number: usize) {
    let pass = &flow.boxes[number];
    let label = quoted(format!("{}\n{}", pass.title, pass.shape).trim_end());
    let _ = writeln!(out, "    p{number} [label={label}];");
    for (note, text) in pass.notes.iter().enumerate() {
        let id = format!("n{number}_{note}");
        let text = quoted(text);
        let _ = writeln!(out, "    {id} [label={text}, shape=note, fontsize=8, style=dotted];");
        let _ = writeln!(out, "    {id} -> p{number} [arrowhead=none, style=dotted];");
    }
}

/// Text between quotation marks.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let text = text.replace('\u{a0}', " ");
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quoted("a \"b\"\n\\c"), r#""a \"b\"\n\\c""#);
    }
}
