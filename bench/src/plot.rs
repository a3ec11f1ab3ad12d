//! Plots as SVG that can be read on a light and on a dark page.

use std::ops::Range;

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::{
    DrawingArea, IntoDrawingArea as _, LineSeries, PathElement, RGBColor, SVGBackend, Text,
};
use plotters::style::{Color as _, IntoFont as _};

/// Panels side by side that have their lines and their vertical axis in common.
pub(crate) struct Plot<'a> {
    pub(crate) title: &'a str,
    pub(crate) x: Axis<'a>,
    pub(crate) y: Axis<'a>,
    pub(crate) panels: Vec<Panel>,
}

/// One panel: what each library did.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) swim: Vec<(f64, f64)>,
    pub(crate) foca: Vec<(f64, f64)>,
}

#[derive(Clone)]
pub(crate) struct Axis<'a> {
    pub(crate) title: &'a str,
    pub(crate) scale: Scale,
    /// Values that are marked, with their text; the first and the last are the ends of the axis.
    pub(crate) marks: Vec<(f64, String)>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    Linear,
    Log,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

const PANEL: (u32, u32) = (330, 300);
const HEAD: u32 = 58;
const SWIM: RGBColor = RGBColor(0x2f, 0x81, 0xf7);
const FOCA: RGBColor = RGBColor(0xdb, 0x6d, 0x28);
pub(crate) const INK: RGBColor = RGBColor(0x1f, 0x23, 0x28);
const GRID: RGBColor = RGBColor(0xd1, 0xd9, 0xe0);

/// The ink of a light page does not show on a dark one.
pub(crate) const DARK: &str = r##"<style>
@media (prefers-color-scheme: dark) {
  [fill="#1F2328"] { fill: #d1d7e0 }
  [stroke="#1F2328"] { stroke: #9198a1 }
  [stroke="#D1D9E0"] { stroke: #3d444d }
}
</style>
"##;

impl Plot<'_> {
    /// The text of an SVG file.
    pub(crate) fn svg(&self) -> String {
        let mut svg = String::new();
        let width = PANEL.0 * u32::try_from(self.panels.len()).unwrap_or(1);
        let root = SVGBackend::with_string(&mut svg, (width, HEAD + PANEL.1)).into_drawing_area();
        self.draw(&root).expect("writing into a string cannot fail");
        drop(root);
        let body = svg.find('>').map_or(0, |end| end + 2);
        svg.insert_str(body, DARK);
        svg
    }

    fn draw(&self, root: &Area<'_>) -> Drawn {
        let (head, body) = root.split_vertically(HEAD);
        self.draw_head(&head)?;
        for (area, panel) in body.split_evenly((1, self.panels.len())).iter().zip(&self.panels) {
            self.draw_panel(area, panel)?;
        }
        Ok(root.present()?)
    }

    fn draw_head(&self, area: &Area<'_>) -> Drawn {
        let title = ("sans-serif", 17).into_font().color(&INK);
        area.draw(&Text::new(self.title.to_owned(), (14, 10), title))?;
        for (at, name, color) in [(14, "swim", SWIM), (84, "foca", FOCA)] {
            area.draw(&PathElement::new(vec![(at, 44), (at + 18, 44)], color.stroke_width(3)))?;
            let text = ("sans-serif", 14).into_font().color(&INK);
            area.draw(&Text::new(name, (at + 24, 37), text))?;
        }
        Ok(())
    }

    fn draw_panel(&self, area: &Area<'_>, panel: &Panel) -> Drawn {
        let small = || ("sans-serif", 12).into_font().color(&INK);
        let mut chart = ChartBuilder::on(area)
            .margin_right(18)
            .margin_top(6)
            .caption(&panel.title, ("sans-serif", 14).into_font().color(&INK))
            .x_label_area_size(42)
            .y_label_area_size(62)
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        chart
            .configure_mesh()
            .light_line_style(RGBColor(0, 0, 0).mix(0.0))
            .bold_line_style(GRID)
            .axis_style(INK)
            .label_style(small())
            .x_desc(self.x.title)
            .y_desc(self.y.title)
            .x_label_formatter(&|value| self.x.text_at(*value))
            .y_label_formatter(&|value| self.y.text_at(*value))
            .draw()?;
        for (points, color) in [(&panel.foca, FOCA), (&panel.swim, SWIM)] {
            chart
                .draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)).point_size(0))?;
        }
        Ok(())
    }
}

impl Axis<'_> {
    fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Log => value.log10(),
        }
    }

    fn text_at(&self, value: f64) -> String {
        let mark = self.marks.iter().find(|&&(marked, _)| (marked - value).abs() < 1e-9);
        mark.map_or_else(String::new, |(_, text)| text.clone())
    }
}

impl Ranged for Axis<'_> {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (low, high): (i32, i32)) -> i32 {
        let Range { start, end } = self.range();
        let share = (self.place(*value) - self.place(start)) / (self.place(end) - self.place(start));
        let pixels = f64::from(high - low) * share;
        #[allow(clippy::cast_possible_truncation, reason = "pixels")]
        let pixels = pixels.round() as i32;
        low + pixels
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.marks.iter().map(|&(value, _)| value).collect()
    }

    fn range(&self) -> Range<f64> {
        let ends = self.marks.first().zip(self.marks.last());
        ends.map_or(0.0..1.0, |(&(start, _), &(end, _))| start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_puts_equal_factors_at_equal_distances_if_it_is_logarithmic() {
        let marks = [1.0, 10.0, 100.0].map(|value| (value, value.to_string()));
        let axis = |scale| Axis { title: "", scale, marks: marks.clone().into() };
        assert_eq!([1.0, 10.0, 100.0].map(|value| axis(Scale::Log).map(&value, (0, 200))), [0, 100, 200]);
        assert_eq!([1.0, 10.0, 100.0].map(|value| axis(Scale::Linear).map(&value, (0, 99))), [0, 9, 99]);
        assert_eq!(axis(Scale::Log).text_at(10.0), "10");
    }

    #[test]
    fn the_ink_of_a_plot_is_another_on_a_dark_page() {
        let axis =
            || Axis { title: "x", scale: Scale::Linear, marks: vec![(0.0, "0".into()), (1.0, "1".into())] };
        let line = vec![(0.0, 0.0), (1.0, 1.0)];
        let panels = vec![Panel { title: "a".into(), swim: line.clone(), foca: line }];
        let svg = Plot { title: "t", x: axis(), y: axis(), panels }.svg();
        for colored in ["fill=\"#1F2328\"", "stroke=\"#1F2328\"", "stroke=\"#D1D9E0\""] {
            assert!(svg.matches(colored).count() > 1, "{colored} is restyled and not used");
        }
    }
}
