//! Keys of objects, and what they begin with: how they may look, and how they are made where nobody says.

use crate::core::Faults;

/// Characters that a prefix may have.
const LONGEST_PREFIX: usize = 100;
/// Bytes that S3 takes as a key.
const LONGEST_KEY: usize = 1024;

/// Notes a fault where a text cannot be what keys begin with.
pub(super) fn check_prefix(faults: &mut Faults, path: &[&str], prefix: &str) {
    faults.length(path, prefix, 1, LONGEST_PREFIX);
    check_steps(faults, path, prefix);
}

/// Notes a fault where a text cannot be a key under the prefix.
pub(super) fn check_key(faults: &mut Faults, path: &[&str], key: &str, prefix: Option<&str>) {
    faults.check(
        (1..=LONGEST_KEY).contains(&key.len()),
        path,
        "this has 1 to 1,024 bytes",
    );
    check_steps(faults, path, key);
    if let Some(prefix) = prefix {
        let message = format!("this begins with {prefix}/, as all keys of the session");
        faults.check(lies_under(key, prefix), path, &message);
    }
}

/// Nothing that leads elsewhere, for whoever takes keys for paths.
fn check_steps(faults: &mut Faults, path: &[&str], key: &str) {
    faults.check(
        !key.contains(|character: char| character == '\\' || character.is_control())
            && key.split('/').all(is_name),
        path,
        "names with / between them: none is empty, . or .., and none has a backslash or a control character in it",
    );
}

fn is_name(step: &str) -> bool {
    !["", ".", ".."].contains(&step)
}

/// Whether it is the prefix itself, or further down.
pub(super) fn lies_under(key: &str, prefix: &str) -> bool {
    key.strip_prefix(prefix.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The key of a file under the prefix, by where it was on the uploader's machine: without the drive or the root.
pub(super) fn of_path(prefix: Option<&str>, path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = match path.split_once(':') {
        Some((drive, rest)) if drive.chars().count() == 1 => rest,
        _ => &path,
    };
    let steps = path.split('/').filter(|step| !["", "."].contains(step));
    prefix
        .map(|prefix| prefix.trim_end_matches('/'))
        .into_iter()
        .chain(steps)
        .collect::<Vec<_>>()
        .join("/")
}

/// Where files go where nobody says: by the names of the project and the cycle, as harbor-view/c1.
pub(super) fn of_names(project: &str, cycle: Option<&str>) -> String {
    let mut prefix = slug(project, "project");
    if let Some(cycle) = cycle {
        prefix = format!("{prefix}/{}", slug(cycle, "cycle"));
    }
    prefix
}

/// Letters and digits, in lower case, and single hyphens for whatever is between them; at most 49, so that two fit.
fn slug(name: &str, otherwise: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let slug: String = words.join("-").chars().take(49).collect();
    match slug.trim_end_matches('-') {
        "" => otherwise.to_owned(),
        slug => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_of_paths_and_names() {
        for (path, key) in [
            (
                r"D:\DCIM\100MEDIA\DJI_0160.JPG",
                "p/DCIM/100MEDIA/DJI_0160.JPG",
            ),
            (
                "/home/elena/./survey//a b.tiff",
                "p/home/elena/survey/a b.tiff",
            ),
            ("a.las", "p/a.las"),
        ] {
            assert_eq!(of_path(Some("p"), path), key);
            assert_eq!(of_path(Some("p/"), path), key);
        }
        assert_eq!(of_names("Harbor View", Some("C1")), "harbor-view/c1");
        assert_eq!(of_names(" Zürich: Süd! ", None), "zürich-süd");
        assert_eq!(of_names("???", Some("—")), "project/cycle");
        let longest = of_names(&"long ".repeat(50), Some(&"ß".repeat(50)));
        assert!(longest.chars().count() <= LONGEST_PREFIX, "{longest}");
    }

    #[test]
    fn what_leads_elsewhere_is_no_key() {
        let is_fine = |key: &str, prefix| {
            let mut faults = Faults::default();
            check_key(&mut faults, &["s3Key"], key, prefix);
            faults.is_empty()
        };
        for key in ["a", "a/b.c", "p/ü/..x", "p/x"] {
            assert!(is_fine(key, None), "{key}");
        }
        for key in [
            "", "/a", "a/", "a//b", ".", "a/../b", "..", "a\\b", "a\nb", "a\0",
        ] {
            assert!(!is_fine(key, None), "{key:?}");
        }
        assert!(is_fine("p/x", Some("p")) && is_fine("p/x", Some("p/")));
        for key in ["px", "q/x", "pp/x", "P/x"] {
            assert!(!is_fine(key, Some("p")), "{key}");
        }
    }
}
