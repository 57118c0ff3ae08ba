//! Figures as Prometheus reads them (text format 0.0.4). Which figures there are is not its business.

use std::fmt::Write;

use crate::base::measure::Spread;

pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What one scrape is answered.
#[derive(Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// Begins a metric; what it holds follows.
    pub fn metric(&mut self, name: &'static str, kind: Kind, help: &str) -> Metric<'_> {
        // `write!` to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {}", kind.word());
        Metric { text: &mut self.0, name }
    }

    pub fn into_text(self) -> String {
        self.0
    }
}

pub struct Metric<'a> {
    text: &'a mut String,
    name: &'static str,
}

impl Metric<'_> {
    pub fn is(&mut self, labels: &[(&str, &str)], value: f64) -> &mut Self {
        self.sample("", labels, None, value);
        self
    }

    pub fn counts(&mut self, labels: &[(&str, &str)], count: u64) -> &mut Self {
        self.is(labels, count as f64)
    }

    /// As a histogram.
    pub fn spreads(&mut self, labels: &[(&str, &str)], spread: &Spread) -> &mut Self {
        for (bound, count) in spread.up_to() {
            self.sample("_bucket", labels, Some(&bound.to_string()), count as f64);
        }
        self.sample("_bucket", labels, Some("+Inf"), spread.count() as f64);
        self.sample("_sum", labels, None, spread.sum);
        self.sample("_count", labels, None, spread.count() as f64);
        self
    }

    fn sample(&mut self, suffix: &str, labels: &[(&str, &str)], bound: Option<&str>, value: f64) {
        let _ = write!(self.text, "{}{suffix}", self.name);
        let labels = labels.iter().copied().chain(bound.map(|bound| ("le", bound)));
        let mut before = '{';
        for (label, value) in labels {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.text, "{before}{label}=\"{value}\"");
            before = ',';
        }
        let end = if before == '{' { "" } else { "}" };
        let _ = writeln!(self.text, "{end} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_the_format_wants_them() {
        let mut all = Exposition::default();
        all.metric("berth_up", Kind::Gauge, "Whether.").is(&[], 1.0);
        all.metric("berth_asked_total", Kind::Counter, "How often.")
            .counts(&[("who", "a \"b\" \\ c\nd"), ("x", "y")], 7);
        let mut spread = Spread::new(&[0.25, 1.0]);
        spread.take(0.5);
        all.metric("berth_seconds", Kind::Histogram, "How long.").spreads(&[("route", "/")], &spread);
        let wanted = "# HELP berth_up Whether.\n# TYPE berth_up gauge\nberth_up 1\n\
            # HELP berth_asked_total How often.\n# TYPE berth_asked_total counter\n\
            berth_asked_total{who=\"a \\\"b\\\" \\\\ c\\nd\",x=\"y\"} 7\n\
            # HELP berth_seconds How long.\n# TYPE berth_seconds histogram\n\
            berth_seconds_bucket{route=\"/\",le=\"0.25\"} 0\nberth_seconds_bucket{route=\"/\",le=\"1\"} 1\n\
            berth_seconds_bucket{route=\"/\",le=\"+Inf\"} 1\nberth_seconds_sum{route=\"/\"} 0.5\n\
            berth_seconds_count{route=\"/\"} 1\n";
        assert_eq!(all.into_text(), wanted);
    }
}
