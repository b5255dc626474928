//! Numbers as people read them.

/// Bytes in the largest unit that leaves a number above one: powers of ten, as bandwidths have.
pub(in crate::cli) fn bytes(n: u64) -> String {
    scaled(n, "B")
}

/// Operations in the largest unit that leaves a number above one.
pub(super) fn operations(n: u64) -> String {
    scaled(n, "FLOP")
}

fn scaled(n: u64, unit: &str) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M"), (1000, "k")];
    match UNITS.iter().find(|(size, _)| n >= *size) {
        None => format!("{n} {unit}"),
        Some((size, prefix)) => {
            let number = n as f64 / *size as f64;
            // Three digits, whatever their place.
            let decimals = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
            format!("{number:.decimals$} {prefix}{unit}")
        }
    }
}

/// Splits `text` at spaces into lines of at most `width` characters, longer words excepted.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        let found = [0, 999, 1000, 9560, 95_600, 956_000, 9_560_000_000, 12_000_000_000_000];
        let found = found.map(bytes);
        assert_eq!(
            found,
            ["0 B", "999 B", "1.00 kB", "9.56 kB", "95.6 kB", "956 kB", "9.56 GB", "12.0 TB"]
        );
    }

    #[test]
    fn long_lines_are_split_at_spaces() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable a b", 3), ["unbreakable", "a b"]);
    }
}
