//! Places boxes and lines: launches from top to bottom, chains of a launch side by side.
//!
//! A line to a later launch than the next leaves the gap below its launch for a lane on the left
//! of all launches and comes back in the gap above the launch that reads it. A line that begins or
//! ends in the middle of a chain runs in the gutter on the left of that chain.

use super::flow::{Flow, Frame};

/// Width of a letter, and height of a line of text.
pub(super) const LETTER: f32 = 6.1;
pub(super) const LINE: f32 = 13.0;

/// Around text in boxes.
pub(super) const PAD: f32 = 6.0;

/// Around everything.
const MARGIN: f32 = 16.0;
/// Between lanes, and between lines in a gutter.
const LANE: f32 = 13.0;
const GUTTER: f32 = 6.0;
/// Between boxes of a chain, between chains, and between launches.
const BOX_GAP: f32 = 20.0;
const CHAIN_GAP: f32 = 10.0;
const FRAME_GAP: f32 = 44.0;
/// Letters after which a line of text is broken.
pub(super) const WRAP: usize = 44;

/// Where everything is, in points.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) width: f32,
    pub(super) height: f32,
    /// Parallel to the frames.
    pub(super) frames: Vec<Rect>,
    /// By number of the box, with its lines of text.
    pub(super) boxes: Vec<(Rect, Vec<Text>)>,
    pub(super) lines: Vec<Line>,
    /// Labels on lanes: the place of the first letter, and the tensor.
    pub(super) lane_labels: Vec<([f32; 2], usize)>,
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Rect {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// A line of text in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) kind: TextKind,
}

/// What a line of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextKind {
    Title,
    Shape,
    /// A weight, or what is kept of a session.
    Note,
    /// A tensor that the box writes, by number.
    Result(usize),
}

/// A line from the box that writes a tensor to one that reads it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) tensor: usize,
    /// From corner to corner; every other piece is straight, those between launches are curves.
    pub(super) points: Vec<[f32; 2]>,
}

/// Where a box is among launches and chains.
#[derive(Debug, Clone, Copy)]
struct Seat {
    frame: usize,
    chain: usize,
    place: usize,
    /// Boxes of the chain.
    of: usize,
}

/// Places the boxes and lines of a graph.
pub(super) fn layout(flow: &Flow) -> Layout {
    let seats = seats(flow);
    let texts: Vec<Vec<Text>> = (0..flow.boxes.len()).map(|number| texts(flow, number)).collect();
    let lanes = Lanes::of(flow, &seats);
    let left = MARGIN + LANE * lanes.count as f32 + CHAIN_GAP;
    let mut layout = Layout {
        width: 0.0,
        height: MARGIN + 2.0 * LINE,
        frames: vec![],
        boxes: texts.into_iter().map(|texts| (Rect::default(), texts)).collect(),
        lines: vec![],
        lane_labels: vec![],
    };
    let gutters = gutters(flow, &seats);
    for (number, frame) in flow.frames.iter().enumerate() {
        layout.frame(frame, &gutters[number], left);
    }
    layout.width += MARGIN;
    layout.height += MARGIN - FRAME_GAP;
    route(&mut layout, flow, &seats, &lanes);
    layout
}

impl Layout {
    /// Places a launch below those placed before.
    fn frame(&mut self, frame: &Frame, gutters: &[usize], left: f32) {
        let title = if frame.title.is_empty() { 0.0 } else { LINE + PAD };
        let top = self.height;
        let mut x = left + PAD;
        let mut bottom = top;
        for (chain, gutter) in frame.chains.iter().zip(gutters) {
            x += GUTTER * (*gutter as f32 + 1.0);
            let mut y = top + title + PAD;
            let mut widest = 0.0_f32;
            for &number in chain {
                let (rect, texts) = &mut self.boxes[number];
                let letters = texts.iter().map(|text| text.text.chars().count()).max();
                rect.x = x;
                rect.y = y;
                rect.width = letters.unwrap_or(0) as f32 * LETTER + 2.0 * PAD;
                rect.height = texts.len() as f32 * LINE + 2.0 * PAD;
                y += rect.height + BOX_GAP;
                widest = widest.max(rect.width);
            }
            bottom = bottom.max(y - BOX_GAP + PAD);
            x += widest + CHAIN_GAP;
        }
        let letters = frame.title.chars().count() as f32 * LETTER + 2.0 * PAD;
        let width = (x - CHAIN_GAP + PAD - left).max(letters);
        self.frames.push(Rect { x: left, y: top, width, height: bottom - top });
        self.width = self.width.max(left + width);
        self.height = bottom + FRAME_GAP;
    }
}

fn seats(flow: &Flow) -> Vec<Seat> {
    let mut seats = vec![Seat { frame: 0, chain: 0, place: 0, of: 1 }; flow.boxes.len()];
    for (frame, launch) in flow.frames.iter().enumerate() {
        for (chain, boxes) in launch.chains.iter().enumerate() {
            for (place, &number) in boxes.iter().enumerate() {
                seats[number] = Seat { frame, chain, place, of: boxes.len() };
            }
        }
    }
    seats
}

fn texts(flow: &Flow, number: usize) -> Vec<Text> {
    let pass = &flow.boxes[number];
    let mut texts = vec![];
    let mut add = |text: &str, kind| {
        for line in crate::cli::kernels::units::wrapped(text, WRAP) {
            texts.push(Text { text: line, kind });
        }
    };
    add(&pass.title, TextKind::Title);
    if !pass.shape.is_empty() {
        add(&pass.shape, TextKind::Shape);
    }
    for note in &pass.notes {
        add(note, TextKind::Note);
    }
    for (tensor, info) in flow.tensors.iter().enumerate() {
        if info.from == number {
            add(&format!("→ {}", info.label), TextKind::Result(tensor));
        }
    }
    texts
}

/// Whether a line stays between two boxes of a chain that follow each other.
fn is_inner(from: Seat, to: Seat) -> bool {
    from.frame == to.frame && from.chain == to.chain && from.place + 1 == to.place
}

/// For each launch and chain, lines in its gutter.
fn gutters(flow: &Flow, seats: &[Seat]) -> Vec<Vec<usize>> {
    let mut gutters: Vec<Vec<usize>> =
        flow.frames.iter().map(|frame| vec![0; frame.chains.len()]).collect();
    for tensor in &flow.tensors {
        let from = seats[tensor.from];
        let others = tensor.to.iter().map(|&to| seats[to]).filter(|&to| !is_inner(from, to));
        let others: Vec<_> = others.collect();
        if !others.is_empty() && from.place + 1 < from.of {
            gutters[from.frame][from.chain] += 1;
        }
        for to in others.iter().filter(|to| to.place > 0 && to.frame != from.frame) {
            gutters[to.frame][to.chain] += 1;
        }
    }
    gutters
}

/// Which lane each tensor has that passes launches by.
struct Lanes {
    /// By tensor.
    of: Vec<Option<usize>>,
    count: usize,
}

impl Lanes {
    fn of(flow: &Flow, seats: &[Seat]) -> Self {
        // Of each lane, the launches that it is busy between.
        let mut busy: Vec<Vec<(usize, usize)>> = vec![];
        let of = flow.tensors.iter().map(|tensor| {
            let first = seats[tensor.from].frame;
            let last = tensor.to.iter().map(|&to| seats[to].frame).max()?;
            if last <= first + 1 {
                return None;
            }
            let is_free = |lane: &Vec<(usize, usize)>| {
                lane.iter().all(|&(start, end)| last <= start || end <= first)
            };
            let lane = busy.iter().position(is_free).unwrap_or(busy.len());
            if lane == busy.len() {
                busy.push(vec![]);
            }
            busy[lane].push((first, last));
            Some(lane)
        });
        let of = of.collect();
        Self { of, count: busy.len() }
    }
}

/// Draws the lines between placed boxes.
fn route(layout: &mut Layout, flow: &Flow, seats: &[Seat], lanes: &Lanes) {
    let mut routes = Routes { layout, flow, used: gutters(flow, seats), seats };
    for gutter in routes.used.iter_mut().flatten() {
        *gutter = 0;
    }
    for (number, tensor) in flow.tensors.iter().enumerate() {
        let lane = lanes.of[number].map(|lane| {
            // The first lane is next to the launches.
            MARGIN + LANE * (lanes.count - 1 - lane) as f32 + LANE / 2.0
        });
        let start = routes.start(number);
        if let Some(x) = lane {
            let y = routes.below(seats[tensor.from].frame);
            routes.layout.lane_labels.push(([x, y], number));
        }
        for &to in &tensor.to {
            let points = routes.points(number, to, &start, lane);
            routes.layout.lines.push(Line { tensor: number, points });
        }
    }
}

struct Routes<'a> {
    layout: &'a mut Layout,
    flow: &'a Flow,
    /// Lines drawn so far in each gutter.
    used: Vec<Vec<usize>>,
    seats: &'a [Seat],
}

impl Routes<'_> {
    /// The top of the launch after `frame`.
    fn below(&self, frame: usize) -> f32 {
        self.bottom(frame) + FRAME_GAP
    }

    fn bottom(&self, frame: usize) -> f32 {
        self.layout.frames[frame].y + self.layout.frames[frame].height
    }

    /// The next free place in the gutter of a chain.
    fn gutter(&mut self, seat: Seat) -> f32 {
        let used = &mut self.used[seat.frame][seat.chain];
        *used += 1;
        let first = self.flow.frames[seat.frame].chains[seat.chain][0];
        self.layout.boxes[first].0.x - GUTTER * *used as f32
    }

    /// From the writer of a tensor to the bottom of its launch; empty where every reader follows
    /// in its chain.
    fn start(&mut self, tensor: usize) -> Vec<[f32; 2]> {
        let info = &self.flow.tensors[tensor];
        let (seats, from) = (self.seats, self.seats[info.from]);
        if info.to.iter().all(|&to| is_inner(from, seats[to])) {
            return vec![];
        }
        let rect = self.layout.boxes[info.from].0;
        let bottom = self.bottom(from.frame);
        if from.place + 1 < from.of {
            let (x, y) = (self.gutter(from), rect.y + rect.height - PAD - LINE / 2.0);
            return vec![[rect.x, y], [x, y], [x, bottom]];
        }
        let x = self.port(tensor);
        vec![[x, rect.y + rect.height], [x, bottom]]
    }

    /// Where on the lower edge of its writer a tensor begins.
    fn port(&self, tensor: usize) -> f32 {
        let from = self.flow.tensors[tensor].from;
        let rect = self.layout.boxes[from].0;
        let siblings = self.flow.tensors.iter().enumerate().filter(|(_, info)| info.from == from);
        let siblings: Vec<_> = siblings.map(|(number, _)| number).collect();
        let place = siblings.iter().position(|&number| number == tensor).unwrap_or(0);
        rect.x + rect.width * (place + 1) as f32 / (siblings.len() + 1) as f32
    }

    /// Where on the upper edge of a reader a tensor ends.
    fn entry(&self, tensor: usize, to: usize) -> f32 {
        let rect = self.layout.boxes[to].0;
        let read = self.flow.tensors.iter().enumerate().filter(|(_, info)| info.to.contains(&to));
        let read: Vec<_> = read.map(|(number, _)| number).collect();
        let place = read.iter().position(|&number| number == tensor).unwrap_or(0);
        rect.x + rect.width * (place + 1) as f32 / (read.len() + 1) as f32
    }

    fn points(
        &mut self,
        tensor: usize,
        to: usize,
        start: &[[f32; 2]],
        lane: Option<f32>,
    ) -> Vec<[f32; 2]> {
        let (from, seat) = (self.seats[self.flow.tensors[tensor].from], self.seats[to]);
        let rect = self.layout.boxes[to].0;
        if is_inner(from, seat) {
            let writer = self.layout.boxes[self.flow.tensors[tensor].from].0;
            let x = self.port(tensor);
            return vec![[x, writer.y + writer.height], [self.entry(tensor, to), rect.y]];
        }
        let mut points = start.to_vec();
        if from.frame == seat.frame {
            // Along the gutter that it already runs in.
            let y = rect.y + PAD + LINE / 2.0;
            points.pop();
            let x = points.last().map_or(rect.x, |point| point[0]);
            points.extend([[x, y], [rect.x, y]]);
            return points;
        }
        let top = self.layout.frames[seat.frame].y;
        if let Some(x) = lane.filter(|_| seat.frame > from.frame + 1) {
            points.extend([[x, self.below(from.frame)], [x, self.bottom(seat.frame - 1)]]);
        }
        if seat.place > 0 {
            let (x, y) = (self.gutter(seat), rect.y + PAD + LINE / 2.0);
            points.extend([[x, top], [x, y], [rect.x, y]]);
        } else {
            let x = self.entry(tensor, to);
            points.extend([[x, top], [x, rect.y]]);
        }
        points
    }
}

#[cfg(test)]
mod tests;
