//! The plot of the simulation, as a small SVG of text and lines. It measures nothing.

use std::fmt::Write as _;

use crate::year::Outcome;

const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 46.0;
const TOP: f64 = 40.0;
/// The most mails a home a week that the plot shows.
const MOST_MAILS: f64 = 5.0;

/// Two plots beside each other: what is wrong, and how old it is, for so many mails.
pub fn svg(fixed: &[Outcome], thinking: &[Outcome], usual: &Outcome) -> String {
    let mut out = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 820 330\" font-family=\"sans-serif\" font-size=\"13\" \
         role=\"img\" aria-labelledby=\"t\">\n<title id=\"t\">Figures wrong and mean age of figures against the number of \
         mails, for fixed reminders and for reminders that think</title>\n<rect width=\"820\" height=\"330\" fill=\"#fff\"/>\n",
    );
    let of_hundred = |outcome: &Outcome| outcome.wrong * 100.0;
    panel(&mut out, 0.0, "Figures wrong, % of the time", 60.0, &of_hundred, (fixed, thinking, usual));
    panel(
        &mut out,
        410.0,
        "Mean age of figures, days",
        15.0,
        &|outcome| outcome.mean_age_days,
        (fixed, thinking, usual),
    );
    out.push_str(
        "<g fill=\"#222\"><path d=\"M60 318h26\" stroke=\"#8a4b00\" stroke-width=\"2\" stroke-dasharray=\"5 3\"/>\
         <text x=\"92\" y=\"322\">fixed days</text><path d=\"M190 318h26\" stroke=\"#0b6b74\" stroke-width=\"2\"/>\
         <text x=\"222\" y=\"322\">when probably wrong</text><circle cx=\"390\" cy=\"318\" r=\"6\" fill=\"#0b6b74\"/>\
         <text x=\"402\" y=\"322\">as Berth does</text></g>\n</svg>\n",
    );
    out
}

type Curves<'a> = (&'a [Outcome], &'a [Outcome], &'a Outcome);

fn panel(out: &mut String, x: f64, title: &str, most: f64, of: &dyn Fn(&Outcome) -> f64, curves: Curves) {
    let at = |outcome: &Outcome| {
        let across = (outcome.mails_a_week / MOST_MAILS).min(1.0) * WIDTH;
        (x + LEFT + across, TOP + HEIGHT - (of(outcome) / most).min(1.0) * HEIGHT)
    };
    writeln!(out, "<g fill=\"#222\"><text x=\"{:.0}\" y=\"24\" font-weight=\"bold\">{title}</text>", x + LEFT).ok();
    for step in 0..=5 {
        let part = f64::from(step) / 5.0;
        let (across, up) = (x + LEFT + part * WIDTH, TOP + HEIGHT - part * HEIGHT);
        writeln!(
            out,
            "<path d=\"M{:.0} {up:.0}h{WIDTH:.0}\" stroke=\"#ddd\"/><text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{:.0}</text>\
             <text x=\"{across:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{:.0}</text>",
            x + LEFT,
            x + LEFT - 6.0,
            up + 4.0,
            part * most,
            TOP + HEIGHT + 17.0,
            part * MOST_MAILS
        )
        .ok();
    }
    writeln!(out, "<text x=\"{:.0}\" y=\"{:.0}\">mails a home a week</text></g>", x + LEFT, TOP + HEIGHT + 34.0).ok();
    let (fixed, thinking, usual) = curves;
    for (curve, look) in [(fixed, "#8a4b00\" stroke-dasharray=\"5 3"), (thinking, "#0b6b74")] {
        let points: Vec<String> = curve.iter().map(&at).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        writeln!(out, "<polyline points=\"{}\" fill=\"none\" stroke-width=\"2\" stroke=\"{look}\"/>", points.join(" "))
            .ok();
    }
    let (cx, cy) = at(usual);
    writeln!(out, "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"6\" fill=\"#0b6b74\"/>").ok();
}
