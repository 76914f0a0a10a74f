//! Spans of time, as people write them.

use std::fmt;

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// A span of time in milliseconds, written in its largest unit, followed by the next smaller one if there are fewer
/// than ten of the largest. From one second on it is rounded to seconds. `js/core/spoken.js` writes it the same way.
///
/// ```
/// use dbsharing::time_span::TimeSpan;
///
/// assert_eq!(TimeSpan(10_200_000).to_string(), "2 h 50 min");
/// assert_eq!(TimeSpan(18_342).to_string(), "18 s");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TimeSpan(pub u64);

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(ms) = *self;
        if ms < SECOND_MS {
            return write!(f, "{ms} ms");
        }
        let ms = ms.saturating_add(SECOND_MS / 2);
        match ms {
            0..MINUTE_MS => write!(f, "{} s", ms / SECOND_MS),
            MINUTE_MS..HOUR_MS => in_units(f, (ms / MINUTE_MS, "min"), (ms % MINUTE_MS / SECOND_MS, "s")),
            HOUR_MS..DAY_MS => in_units(f, (ms / HOUR_MS, "h"), (ms % HOUR_MS / MINUTE_MS, "min")),
            _ => {
                let days = ms / DAY_MS;
                in_units(f, (days, if days == 1 { "day" } else { "days" }), (ms % DAY_MS / HOUR_MS, "h"))
            }
        }
    }
}

/// From this many of the larger unit on, the smaller one does not matter.
const MANY: u64 = 10;

fn in_units(f: &mut fmt::Formatter<'_>, large: (u64, &str), small: (u64, &str)) -> fmt::Result {
    write!(f, "{} {}", large.0, large.1)?;
    if large.0 < MANY && small.0 > 0 { write!(f, " {} {}", small.0, small.1) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_one_unit_or_two() {
        for (ms, wanted) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (1_499, "1 s"),
            (9_936, "10 s"),
            (59_499, "59 s"),
            (59_999, "1 min"),
            (60_000, "1 min"),
            (90_000, "1 min 30 s"),
            (119_999, "2 min"),
            (600_000, "10 min"),
            (659_000, "10 min"),
            (3_600_000, "1 h"),
            (35_940_000, "9 h 59 min"),
            (86_399_000, "23 h"),
            (86_399_999, "1 day"),
            (86_400_000, "1 day"),
            (90_000_000, "1 day 1 h"),
            (172_800_000, "2 days"),
            (u64::MAX, "213503982334 days"),
        ] {
            assert_eq!(TimeSpan(ms).to_string(), wanted);
        }
    }
}
