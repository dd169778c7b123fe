//! Charts as inline SVG: no script, no picture file; the same figures stand in a table beside them.

use std::fmt::Write as _;

/// Text safe inside SVG.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Shortened to what fits beside a bar.
fn short(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return plain(text);
    }
    format!("{}…", plain(&text.chars().take(max - 1).collect::<String>()))
}

/// Horizontal bars, longest first as they come: label and count.
pub(crate) fn bars(title: &str, rows: &[(String, u64)]) -> String {
    const ROW: usize = 34;
    let most = rows.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let height = rows.len() * ROW + 8;
    let mut svg = head(title, 720, height);
    for (n, (label, count)) in rows.iter().enumerate() {
        let y = n * ROW + 6;
        let width = (count * 400).div_ceil(most);
        let _ = write!(
            svg,
            r#"<g><title>{full}：{count}</title><text class="c-label" x="232" y="{text}" text-anchor="end">{label}</text><rect class="c-track" x="244" y="{y}" width="400" height="22" rx="4"/><rect class="c-bar" x="244" y="{y}" width="{width}" height="22" rx="4"/><text class="c-num" x="656" y="{text}">{count}</text></g>"#,
            full = plain(label),
            label = short(label, 14),
            text = y + 16,
        );
    }
    svg + "</svg>"
}

/// One bar cut into parts: label, count, colour class.
pub(crate) fn parts(title: &str, parts: &[(&str, u64, &str)]) -> String {
    let all = parts.iter().map(|(_, count, _)| count).sum::<u64>().max(1);
    let mut svg = head(title, 720, 96);
    let (mut x, mut key) = (0, 0);
    for (label, count, class) in parts {
        let width = count * 720 / all;
        let _ = write!(
            svg,
            r#"<g><title>{label}：{count}</title><rect class="c-{class}" x="{x}" y="6" width="{width}" height="34"/><rect class="c-{class}" x="{key}" y="62" width="16" height="16" rx="3"/><text class="c-label" x="{after}" y="75">{label} {count}</text></g>"#,
            label = plain(label),
            after = key + 24,
        );
        x += width;
        key += 180;
    }
    svg + "</svg>"
}

/// Columns over days: label below, one count each.
pub(crate) fn columns(title: &str, days: &[(String, u64)]) -> String {
    let most = days.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let step = 700 / days.len().max(1);
    let every = days.len().div_ceil(10).max(1);
    let mut svg = head(title, 720, 216);
    let _ = write!(
        svg,
        r#"<line class="c-axis" x1="10" y1="180" x2="712" y2="180"/><text class="c-num" x="10" y="14">{most}</text>"#
    );
    for (n, (label, count)) in days.iter().enumerate() {
        let (x, height) = (12 + n * step, (count * 150).div_ceil(most));
        let _ = write!(
            svg,
            r#"<g><title>{label}：{count}</title><rect class="c-bar" x="{x}" y="{y}" width="{width}" height="{height}" rx="2"/></g>"#,
            label = plain(label),
            y = 180 - height,
            width = step.saturating_sub(4).max(2),
        );
        if n.is_multiple_of(every) {
            let _ = write!(
                svg,
                r#"<text class="c-label" x="{x}" y="202">{}</text>"#,
                plain(label.get(5..).unwrap_or(label))
            );
        }
    }
    svg + "</svg>"
}

/// A QR code: dark squares on white.
pub(crate) fn qr(title: &str, text: &str) -> Option<String> {
    let code = qrcode::QrCode::new(text).ok()?;
    let side = code.width();
    let mut svg = head(title, side + 8, side + 8);
    svg.push_str(r##"<rect width="100%" height="100%" fill="#fff"/><path fill="#000" d=""##);
    for (n, colour) in code.to_colors().into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            let _ = write!(svg, "M{} {}h1v1h-1z", n % side + 4, n / side + 4);
        }
    }
    Some(svg + r#""/></svg>"#)
}

fn head(title: &str, width: usize, height: usize) -> String {
    let title = plain(title);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}"><title>{title}</title>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_typed_is_text_in_a_chart() {
        let svg = bars("量", &[("<script>&".into(), 3), ("a".into(), 0)]);
        assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;&amp;"), "{svg}");
        assert!(svg.contains(r#"width="400""#), "the longest bar is whole");
    }

    #[test]
    fn a_chart_of_nothing_still_is_one() {
        for svg in [bars("量", &[]), columns("量", &[]), parts("量", &[("甲", 0, "a")])] {
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"));
        }
        assert!(qr("码", "otpauth://totp/x").is_some_and(|svg| svg.contains("M4 4h1v1h-1z")), "the finder pattern");
    }
}
