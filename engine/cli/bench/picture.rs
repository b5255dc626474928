//! The measurements as a picture: speeds over contexts.

use std::ops::Range;

use anyhow::{Result, anyhow};
use plotters::{coord::Shift, prelude::*};

use super::report::Line;

/// Width and height.
const SIZE: (u32, u32) = (1080, 440);

const FONT: &str = "sans-serif";

/// Colours that are told apart without colour vision.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

/// A curve: tokens a second at contexts.
struct Curve {
    name: String,
    points: Vec<(f64, f64)>,
}

/// The picture as SVG: prefill on the left, decode on the right with a curve for each number of
/// rows.
pub(super) fn svg(title: &str, lines: &[Line]) -> Result<String> {
    let mut text = String::new();
    draw(&SVGBackend::with_string(&mut text, SIZE).into_drawing_area(), title, lines)
        .map_err(|error| anyhow!("cannot draw the measurements: {error}"))?;
    Ok(text)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

fn draw(area: &Area<'_>, title: &str, lines: &[Line]) -> Drawn {
    area.fill(&WHITE)?;
    let area = area.titled(title, (FONT, 18))?;
    let (left, right) = area.split_horizontally(SIZE.0 / 2);
    chart(&left, "prefill", &prefill(lines))?;
    chart(&right, "decode, all rows together", &decode(lines))?;
    area.present()?;
    Ok(())
}

fn prefill(lines: &[Line]) -> Vec<Curve> {
    let mut points: Vec<_> =
        lines.iter().map(|line| (line.context as f64, line.prefill_speed())).collect();
    // Each frontier has a line for each number of rows.
    points.dedup_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    vec![Curve { name: "1 row".to_owned(), points }]
}

fn decode(lines: &[Line]) -> Vec<Curve> {
    let mut counts: Vec<usize> = lines.iter().map(|line| line.rows).collect();
    counts.sort_unstable();
    counts.dedup();
    let curve = |rows| {
        let of_rows = lines.iter().filter(|line| line.rows == rows);
        let points = of_rows.map(|line| (line.context as f64, line.decode_speed())).collect();
        Curve { name: if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }, points }
    };
    counts.into_iter().map(curve).collect()
}

fn chart(area: &Area<'_>, title: &str, curves: &[Curve]) -> Drawn {
    let (contexts, highest) = extent(curves);
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 15))
        .margin(12)
        .x_label_area_size(38)
        .y_label_area_size(60)
        .build_cartesian_2d(contexts.log_scale().base(2.0), 0.0..highest)?;
    chart
        .configure_mesh()
        .x_desc("context, tokens")
        .y_desc("tokens/s")
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y:.0}"))
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (curve, colour) in curves.iter().zip(COLOURS.iter().cycle()) {
        let points = curve.points.iter().copied();
        chart
            .draw_series(LineSeries::new(points.clone(), colour.stroke_width(2)))?
            .label(&curve.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
        chart.draw_series(points.map(|point| Circle::new(point, 3, colour.filled())))?;
    }
    if curves.len() > 1 {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerLeft)
            .background_style(WHITE)
            .border_style(BLACK.mix(0.3))
            .draw()?;
    }
    Ok(())
}

/// The contexts and the highest speed of a chart, with room around the points.
fn extent(curves: &[Curve]) -> (Range<f64>, f64) {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let least = points().map(|point| point.0).fold(f64::INFINITY, f64::min);
    let most = points().map(|point| point.0).fold(1.0, f64::max);
    let highest = points().map(|point| point.1).fold(1.0, f64::max);
    (least.min(most) / 1.25..most * 1.25, highest * 1.1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        super::frontier::{Decode, Prefill},
        *,
    };

    fn line(context: usize, rows: usize) -> Line {
        let time = Duration::from_millis(100);
        let decode = Decode { tokens: 10 * rows, first: time, steps: vec![time; 10] };
        let prefill = Prefill { tokens: context / 2, time };
        Line { context, prefill, rows, decode, load: time }
    }

    #[test]
    fn every_measurement_is_a_point() {
        let lines: Vec<_> =
            [512, 2048].into_iter().flat_map(|context| [1, 4].map(|n| line(context, n))).collect();
        let svg = svg("tiny & more", &lines).unwrap();
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
        // Two frontiers of prefill, and of each of two numbers of rows.
        assert_eq!(svg.matches("<circle").count(), 6);
        for text in ["tiny &amp; more", "prefill", "4 rows", "512", "2048", "tokens/s"] {
            assert!(svg.contains(text), "{text}: {svg}");
        }
    }

    #[test]
    fn one_measurement_is_enough() {
        let svg = svg("tiny", &[line(512, 1)]).unwrap();
        assert_eq!(svg.matches("<circle").count(), 2);
    }
}
