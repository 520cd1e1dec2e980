//! Occupancy against abandonment, as a picture.

use plotters::prelude::*;
use thiserror::Error;

/// What a policy reaches as its setting is moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Frontier {
    /// The policy.
    pub name: String,
    /// Abandonment and occupancy in percent, in the order of the setting.
    pub points: Vec<(f64, f64)>,
}

/// The picture could not be drawn.
#[derive(Debug, Error)]
#[error("the plot could not be drawn: {0}")]
pub struct PlotError(String);

/// Draws frontiers into an SVG document, with the cap as a line.
///
/// # Errors
/// [`PlotError`].
pub fn frontiers(title: &str, frontiers: &[Frontier]) -> Result<String, PlotError> {
    let mut svg = String::new();
    draw(&mut svg, title, frontiers).map_err(|error| PlotError(error.to_string()))?;
    Ok(svg)
}

fn draw(svg: &mut String, title: &str, frontiers: &[Frontier]) -> Result<(), Box<dyn std::error::Error>> {
    let points = || frontiers.iter().flat_map(|frontier| &frontier.points);
    let low = points().map(|(_, occupancy)| *occupancy).fold(100.0, f64::min).floor();
    let high = points().map(|(_, occupancy)| *occupancy).fold(0.0, f64::max).ceil().min(100.0);
    let area = SVGBackend::with_string(svg, (860, 520)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(42)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..8.0, (low - 1.0)..(high + 1.0))?;
    chart
        .configure_mesh()
        .x_desc("abandoned, % of live answers")
        .y_desc("occupancy, %")
        .light_line_style(WHITE)
        .draw()?;
    let cap = [(3.0, low - 1.0), (3.0, high + 1.0)];
    chart
        .draw_series(LineSeries::new(cap, BLACK.mix(0.5)))?
        .label("cap")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLACK.mix(0.5)));
    for (index, frontier) in frontiers.iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let inside: Vec<_> = frontier.points.iter().copied().filter(|(abandoned, _)| *abandoned <= 8.0).collect();
        chart.draw_series(LineSeries::new(inside.clone(), colour.stroke_width(2)))?;
        chart
            .draw_series(inside.into_iter().map(|point| Circle::new(point, 3, colour.filled())))?
            .label(&frontier.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    drop(chart);
    Ok(())
}
