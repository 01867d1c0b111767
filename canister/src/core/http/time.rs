//! Times in the format of RFC 3339.

const SECOND_NS: u64 = 1_000_000_000;
const DAY_SECONDS: u64 = 86_400;

/// Formats nanoseconds since 1970 as `1970-01-01T00:00:00.000000000Z`.
pub fn to_rfc3339(ns: u64) -> String {
    let (seconds, fraction) = (ns / SECOND_NS, ns % SECOND_NS);
    let (year, month, day) = civil_from_days(seconds / DAY_SECONDS);
    let of_day = seconds % DAY_SECONDS;
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:09}Z")
}

/// Returns the year, month, and day of a day counted from 1970-01-01 in the Gregorian calendar. The calculation counts years
/// from March, so that a leap day is the last day of its year, and in eras of 400 years, which have 146,097 days.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let from_year_zero = days + 719_468;
    let (era, of_era) = (from_year_zero / 146_097, from_year_zero % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_formatted_correctly_around_leap_days_and_at_both_ends() {
        let day = |days: u64| to_rfc3339(days * DAY_SECONDS * SECOND_NS)[..10].to_string();
        assert_eq!(to_rfc3339(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(to_rfc3339(u64::MAX), "2554-07-21T23:34:33.709551615Z");
        assert_eq!(to_rfc3339(1_000_000_000_000_000_001), "2001-09-09T01:46:40.000000001Z");
        for (days, expected) in [
            (11_015, "2000-02-28"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(day(days), expected);
        }
        // Compare every day with its predecessor.
        let mut expected = (1970, 1, 1);
        for days in 0..213_000 {
            assert_eq!(civil_from_days(days), expected);
            expected = next_day(expected);
        }
    }

    fn next_day((year, month, day): (u64, u64, u64)) -> (u64, u64, u64) {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + u64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        match (month, day) {
            (12, 31) => (year + 1, 1, 1),
            _ if day == length => (year, month + 1, 1),
            _ => (year, month, day + 1),
        }
    }
}
