//! Sizes as people write and read them.

/// `10`, `64KiB`, `5MB`, `1.5G`: what is called after 1,024 counts so, and so do single letters, as in the AWS CLI.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(lower.len());
    let (number, unit) = lower.split_at(digits);
    let unit = unit.trim().trim_end_matches("/s");
    let factor: u64 = match unit {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        _ => return Err(format!("`{text}` is no size; write it like 512, 64KiB or 5GiB")),
    };
    let whole = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a size with a fraction is not exact"
    )]
    let fraction =
        || number.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0).map(|n| (n * factor as f64) as u64);
    let parsed = if number.contains('.') { fraction() } else { whole };
    parsed.ok_or_else(|| format!("`{text}` is no size; write it like 512, 64KiB or 5GiB"))
}

/// `1.5 MiB`, as `aws s3 --human-readable` shows them.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub(crate) fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes == 1 {
        return "1 Byte".to_owned();
    }
    if bytes < 1024 {
        return format!("{bytes} Bytes");
    }
    let (mut value, mut unit) = (bytes as f64 / 1024.0, 0);
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_shown() {
        assert_eq!(parse("4KiB"), Ok(4096));
        assert_eq!(parse("1.5m"), Ok(1_572_864));
        assert_eq!(parse("10MB/s"), Ok(10_485_760));
        assert_eq!(parse("7"), Ok(7));
        assert!(parse("x").is_err() && parse("5X").is_err() && parse("").is_err() && parse("99999999999T").is_err());
        assert_eq!(
            (human(1), human(1000), human(1536), human(5 << 30)),
            ("1 Byte".to_owned(), "1000 Bytes".to_owned(), "1.5 KiB".to_owned(), "5.0 GiB".to_owned())
        );
        assert_eq!(human(1024 * 1024 - 1), "1.0 MiB");
    }
}
