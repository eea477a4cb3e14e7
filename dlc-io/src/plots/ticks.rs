/// Returns round numbers from `low` to `high`, at most `most` or so, and how they are printed.
pub(super) fn ticks(low: f64, high: f64, most: f64) -> Vec<(f64, String)> {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) {
        return Vec::new();
    }
    let rough = span / most;
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * power);
    let step = steps
        .into_iter()
        .find(|step| *step >= rough)
        .unwrap_or(steps[4]);
    let first = (low / step).ceil();
    let count = (high / step).floor() - first;
    let mut ticks = Vec::new();
    let mut place = 0.0;
    while place <= count.min(100.0) {
        let value = (first + place) * step;
        ticks.push((value, text(value, step)));
        place += 1.0;
    }
    ticks
}

fn text(value: f64, step: f64) -> String {
    if value != 0.0 && (value.abs() >= 1e7 || step < 1e-4) {
        return format!("{value:.2e}");
    }
    let decimals = (0..4).find(|decimals| {
        let scaled = step * 10_f64.powi(*decimals);
        (scaled - scaled.round()).abs() < 1e-6
    });
    format!(
        "{:.*}",
        usize::try_from(decimals.unwrap_or(4)).unwrap_or(4),
        value + 0.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(low: f64, high: f64) -> Vec<String> {
        ticks(low, high, 5.0)
            .into_iter()
            .map(|(_, text)| text)
            .collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(texts(-0.05, 1.05), ["0.00", "0.25", "0.50", "0.75", "1.00"]);
        assert_eq!(texts(0.0, 640.0), ["0", "200", "400", "600"]);
        assert_eq!(texts(95.2, 104.9), ["96", "98", "100", "102", "104"]);
        assert!(texts(1.0, 1.0).is_empty() && texts(0.0, f64::INFINITY).is_empty());
    }
}
