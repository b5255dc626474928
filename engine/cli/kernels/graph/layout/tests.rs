//! Layouts of a small graph: nothing overlaps, and lines end where they should.

use super::*;
use crate::cli::kernels::graph::flow::{PassBox, Tensor};

fn pass(title: &str) -> PassBox {
    PassBox { title: title.to_owned(), shape: "N = 4".to_owned(), notes: vec!["w".to_owned()] }
}

fn tensor(from: usize, to: &[usize]) -> Tensor {
    Tensor { label: format!("of_{from} [T, 4] 16 B"), from, to: to.to_vec(), place: None }
}

/// Three launches: a chain of three beside a chain of one, two chains, and one box that reads
/// from all, from the middle of the first chain too.
fn flow() -> Flow {
    let frame = |chains: &[&[usize]]| Frame {
        title: "1  a kernel".to_owned(),
        chains: chains.iter().map(|chain| chain.to_vec()).collect(),
    };
    Flow {
        frames: vec![frame(&[&[0, 1, 2], &[3]]), frame(&[&[4], &[5]]), frame(&[&[6, 7]])],
        boxes: ["a", "b", "c", "d", "e", "f", "g", "h"].map(pass).into(),
        tensors: vec![
            tensor(0, &[1, 2, 7]),
            tensor(1, &[2, 4]),
            tensor(2, &[4, 5]),
            tensor(3, &[5, 6]),
            tensor(4, &[6]),
            tensor(5, &[6]),
            tensor(6, &[7]),
        ],
    }
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

fn is_within(inner: Rect, outer: Rect) -> bool {
    outer.x <= inner.x
        && outer.y <= inner.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

#[test]
fn boxes_are_apart_and_within_their_launches() {
    let (flow, layout) = (flow(), layout(&flow()));
    for (i, (a, _)) in layout.boxes.iter().enumerate() {
        assert!(layout.boxes[..i].iter().all(|(b, _)| !overlap(*a, *b)), "box {i}");
    }
    for (frame, rect) in flow.frames.iter().zip(&layout.frames) {
        assert!(
            frame.chains.concat().iter().all(|&number| is_within(layout.boxes[number].0, *rect))
        );
    }
    let page = Rect { x: 0.0, y: 0.0, width: layout.width, height: layout.height };
    assert!(layout.frames.iter().all(|rect| is_within(*rect, page)));
    for pair in layout.frames.windows(2) {
        assert!(pair[0].y + pair[0].height + FRAME_GAP / 2.0 < pair[1].y);
    }
}

/// Whether a point is on the edge of a rectangle.
fn is_on_edge([x, y]: [f32; 2], rect: Rect) -> bool {
    let near = |a: f32, b: f32| (a - b).abs() < 0.01;
    let inside = |a: f32, from: f32, len: f32| from - 0.01 <= a && a <= from + len + 0.01;
    (inside(x, rect.x, rect.width) && (near(y, rect.y) || near(y, rect.y + rect.height)))
        || (inside(y, rect.y, rect.height) && near(x, rect.x))
}

#[test]
fn lines_join_writers_and_readers() {
    let (flow, layout) = (flow(), layout(&flow()));
    let n_lines: usize = flow.tensors.iter().map(|tensor| tensor.to.len()).sum();
    assert_eq!(layout.lines.len(), n_lines);
    let mut lines = layout.lines.iter();
    for (number, tensor) in flow.tensors.iter().enumerate() {
        for &to in &tensor.to {
            let line = lines.next().unwrap();
            assert_eq!(line.tensor, number);
            let [first, last] = [line.points.first(), line.points.last()].map(|p| *p.unwrap());
            assert!(is_on_edge(first, layout.boxes[tensor.from].0), "{number} leaves {first:?}");
            assert!(is_on_edge(last, layout.boxes[to].0), "{number} enters {last:?}");
        }
    }
}

#[test]
fn upright_pieces_cross_no_box() {
    let layout = layout(&flow());
    for line in &layout.lines {
        for piece in line.points.windows(2) {
            let [[x, y0], [x1, y1]] = [piece[0], piece[1]];
            if (x - x1).abs() > 0.01 {
                continue;
            }
            let inset = Rect { x, y: y0.min(y1) + 0.1, width: 0.0, height: (y1 - y0).abs() - 0.2 };
            let crossed = layout.boxes.iter().position(|(rect, _)| overlap(inset, *rect));
            assert_eq!(crossed, None, "tensor {} at {x}", line.tensor);
        }
    }
}
