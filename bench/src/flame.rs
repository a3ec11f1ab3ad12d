//! Flame graphs as SVG: a function stands under its caller, as wide as the instructions that it and its callees took.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::callgrind::Stacks;
use crate::plot::{DARK, INK};

/// A function on one path of calls.
#[derive(Default)]
pub(crate) struct Flame {
    total: u64,
    callees: BTreeMap<String, Flame>,
}

const WIDTH: f64 = 1_000.0;
const MARGIN: f64 = 14.0;
const HEAD: f64 = 66.0;
const ROW: f64 = 20.0;
/// Of a letter, at most.
const LETTER: f64 = 7.4;
/// What is narrower is left out.
const NARROWEST: f64 = 1.0;

/// Whose a function is: the beginning of its path, the name in the legend, and a colour on which dark ink shows.
const OWNERS: [(&str, &str, &str); 4] = [
    ("swim_codec", "swim-codec", "#8cc2ff"),
    ("swim_core", "swim-core", "#ffb77c"),
    ("bench", "the bench", "#c8d1da"),
    ("", "other crates, std, libc", "#a5dfb0"),
];

impl Flame {
    pub(crate) fn of(stacks: &Stacks) -> Self {
        let mut root = Self::default();
        for (stack, cost) in stacks {
            root.add(stack, *cost);
        }
        root
    }

    fn add(&mut self, stack: &[String], cost: u64) {
        self.total += cost;
        if let Some((first, rest)) = stack.split_first() {
            self.callees.entry(first.clone()).or_default().add(rest, cost);
        }
    }

    /// The text of an SVG file.
    pub(crate) fn svg(&self, title: &str) -> String {
        let scale = (WIDTH - 2.0 * MARGIN) / self.total.max(1) as f64;
        let height = HEAD + ROW * self.depth(scale) as f64 + MARGIN;
        let mut svg = format!(
            "<svg width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
             xmlns=\"http://www.w3.org/2000/svg\" font-family=\"sans-serif\">\n{DARK}"
        );
        let ink = hex();
        svg += &format!(
            "<text x=\"{MARGIN}\" y=\"24\" font-size=\"17\" fill=\"{ink}\">{}</text>\n",
            escape(title)
        );
        svg += &legend(&ink);
        self.draw(MARGIN, HEAD, scale, self.total, &mut svg);
        svg + "</svg>\n"
    }

    /// Rows below, of those that are wide enough.
    fn depth(&self, scale: f64) -> usize {
        let wide = self.callees.values().filter(|flame| flame.total as f64 * scale >= NARROWEST);
        wide.map(|flame| 1 + flame.depth(scale)).max().unwrap_or(0)
    }

    /// Callees from `x` on, the widest first.
    fn draw(&self, mut x: f64, y: f64, scale: f64, all: u64, svg: &mut String) {
        let mut callees: Vec<_> = self.callees.iter().collect();
        callees.sort_by_key(|(_, flame)| std::cmp::Reverse(flame.total));
        for (name, flame) in callees {
            let width = flame.total as f64 * scale;
            if width < NARROWEST {
                break;
            }
            let share = 100.0 * flame.total as f64 / all as f64;
            let _written = write!(
                svg,
                "<g><title>{}: {share:.1} %</title><rect x=\"{x:.1}\" y=\"{y}\" width=\"{:.1}\" height=\"{}\" \
                 rx=\"2\" fill=\"{}\"/>",
                escape(name),
                (width - 1.0).max(0.5),
                ROW - 1.0,
                owner(name).2,
            );
            let label = fitting(&short(name), width - 8.0);
            if !label.is_empty() {
                let (x, y) = (x + 4.0, y + 14.0);
                let _written = write!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"{y}\" font-size=\"12\" fill=\"#101418\">{}</text>",
                    escape(&label)
                );
            }
            *svg += "</g>\n";
            flame.draw(x, y + ROW, scale, all, svg);
            x += width;
        }
    }
}

fn legend(ink: &str) -> String {
    let mut x = MARGIN;
    let mut legend = String::new();
    for (_, name, colour) in OWNERS {
        let text = x + 18.0;
        let _written = writeln!(
            legend,
            "<rect x=\"{x}\" y=\"38\" width=\"12\" height=\"12\" rx=\"2\" fill=\"{colour}\"/>\
             <text x=\"{text}\" y=\"48\" font-size=\"13\" fill=\"{ink}\">{name}</text>"
        );
        x = text + 8.0 * name.len() as f64 + 12.0;
    }
    legend
}

/// The first of whose paths this is; the last owner has all.
fn owner(name: &str) -> (&'static str, &'static str, &'static str) {
    let path = name.trim_start_matches(['<', '&']);
    *OWNERS.iter().find(|(path_start, ..)| path.starts_with(path_start)).unwrap_or(&OWNERS[3])
}

/// A function's name with the type or the module that it is in: `Node::open` of `<a::Node as b::T>::open`,
/// `inbound::open` of `a::inbound::<impl a::Node>::open`.
pub(crate) fn short(name: &str) -> String {
    let name = match name.strip_prefix('<').and_then(|inner| inner.split_once(" as ")) {
        Some((implementor, method)) => {
            format!("{implementor}::{}", method.rsplit("::").next().unwrap_or(method))
        }
        None => name.to_owned(),
    };
    let plain = without_brackets(&name);
    let segments: Vec<&str> = plain.split("::").filter(|segment| !segment.is_empty()).collect();
    segments[segments.len().saturating_sub(2)..].join("::")
}

fn without_brackets(name: &str) -> String {
    let mut depth = 0_u32;
    let keep = |letter: &char| {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    name.chars().filter(keep).collect()
}

/// As much of it as there is room for, rather the function than where it is; nothing if that says nothing.
fn fitting(label: &str, width: f64) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters")]
    let room = (width / LETTER).max(0.0) as usize;
    let function = label.rsplit("::").next().unwrap_or(label);
    if label.chars().count() <= room {
        label.to_owned()
    } else if function.chars().count() <= room {
        function.to_owned()
    } else if room > 4 {
        function.chars().take(room - 1).chain(['…']).collect()
    } else {
        String::new()
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn hex() -> String {
    format!("#{:02X}{:02X}{:02X}", INK.0, INK.1, INK.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_says_where_it_is_from() {
        let names = [
            (
                "<swim_core::node::Node as swim_core::machine::Machine>::handle_datagram",
                "Node::handle_datagram",
            ),
            ("swim_core::inbound::<impl swim_core::node::Node>::open", "inbound::open"),
            ("hashbrown::raw::RawTable<T,A>::reserve_rehash", "RawTable::reserve_rehash"),
            ("malloc", "malloc"),
        ];
        names.iter().for_each(|(name, expected)| assert_eq!(short(name), *expected));
    }

    #[test]
    fn a_label_that_does_not_fit_says_the_function_first() {
        let label = |letters: f64| fitting("inbound::open_frame", letters * LETTER + 0.1);
        assert_eq!(["inbound::open_frame", "open_frame", "open…", ""], [19.0, 10.0, 5.0, 4.0].map(label));
    }

    #[test]
    fn a_caller_is_as_wide_as_what_it_calls_and_stands_above_it() {
        let stacks = vec![
            (vec!["swim_core::a::wide".into()], 50),
            (vec!["swim_core::a::wide".into(), "swim_codec::a::inner".into()], 150),
            (vec!["swim_core::a::narrow".into()], 200 * 1_000),
        ];
        let flame = Flame::of(&stacks);
        assert_eq!(flame.total, 200_200);
        assert_eq!(flame.callees["swim_core::a::wide"].total, 200);
        let svg = flame.svg("a < b");
        assert!(svg.contains("a &lt; b") && svg.contains("a::narrow") && svg.contains("99.9 %"));
        assert!(!svg.contains("wide"), "less than a pixel");
    }
}
