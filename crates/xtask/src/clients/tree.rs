//! A tree of files such as people have: deep folders, odd names, empty files, a few that need a multipart upload.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Names that break clients and servers that quote, split or decode where they should not.
const ODD_NAMES: [&str; 26] = [
    "with space.txt",
    " leading",
    "plus+plus",
    "percent%20encoded",
    "percent%",
    "amp&ersand",
    "equals=sign",
    "hash#tag",
    "question?mark",
    "semi;colon",
    "comma,",
    "at@sign",
    "dollar$",
    "bang!",
    "star*",
    "brackets[1](2){3}",
    "tilde~",
    "quote'single",
    "quote\"double",
    "back\\slash",
    "angle<tag>",
    "pipe|",
    "caret^",
    "ümläut-é",
    "日本語",
    "emoji-🦀",
];

/// Just above the size from which the AWS CLI and s3fs upload in parts.
const PART_SIZED: usize = 9 * 1024 * 1024 + 17;

/// Writes `count` files, always the same ones. Three of them are larger than one part.
pub(super) fn write(root: &Path, count: usize) -> Result<()> {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    for index in 0..count {
        let odd = ODD_NAMES[index % ODD_NAMES.len()];
        let path = match index % 4 {
            0 => format!("flat/{index:05}"),
            1 => format!("names/{}/{odd}", index / ODD_NAMES.len()),
            2 => format!("{odd}/{index}/file.bin"),
            _ => format!("deep/{}/{}/{}/{index}.dat", index % 7, index % 11, index % 13),
        };
        let size = match index {
            1..=3 => PART_SIZED + index,
            _ if index % 50 == 0 => 0,
            _ if index % 40 == 7 => 150_000,
            _ => usize::try_from(noise.next() % 4_096)?,
        };
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(root))?;
        fs::write(&path, noise.bytes(size)).with_context(|| format!("cannot write {}", path.display()))?;
        age(&path)?;
    }
    Ok(())
}

/// Dates a file back by a minute. Clouds keep times to the second: a file written and uploaded within one second would look
/// newer than its copy.
fn age(path: &Path) -> Result<()> {
    let file = fs::File::options().write(true).open(path)?;
    file.set_modified(file.metadata()?.modified()? - Duration::from_secs(60))?;
    Ok(())
}

/// Writes one file of `size` bytes.
pub(super) fn write_file(path: &Path, size: usize) -> Result<()> {
    fs::write(path, Noise(size as u64 | 1).bytes(size)).with_context(|| format!("cannot write {}", path.display()))
}

/// Fails, naming the first differences, unless both folders hold the same files with the same bytes.
pub(super) fn compare(left: &Path, right: &Path) -> Result<usize> {
    let (a, b) = (listing(left)?, listing(right)?);
    let mut differences = Vec::new();
    for name in a.keys().chain(b.keys().filter(|name| !a.contains_key(*name))) {
        match (a.get(name), b.get(name)) {
            (Some(_), None) => differences.push(format!("{name:?} is missing")),
            (None, Some(_)) => differences.push(format!("{name:?} came from nowhere")),
            (Some(x), Some(y)) if x != y => differences.push(format!("{name:?} has {y} bytes, not {x}")),
            _ if fs::read(left.join(name))? != fs::read(right.join(name))? => {
                differences.push(format!("{name:?} has other bytes"));
            }
            _ => {}
        }
    }
    if !differences.is_empty() {
        let first: Vec<&str> = differences.iter().take(10).map(String::as_str).collect();
        bail!("{} of {} files differ after the round trip:\n{}", differences.len(), a.len(), first.join("\n"));
    }
    Ok(a.len())
}

/// Every file below `root` with its size.
fn listing(root: &Path) -> Result<BTreeMap<String, u64>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path();
                let name = path.strip_prefix(root).unwrap_or(&path).to_str().context("a name is not UTF-8")?.to_owned();
                files.insert(name, metadata.len());
            }
        }
    }
    Ok(files)
}

/// xorshift64: bytes that do not compress and are the same in every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, size: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(size + 8);
        while bytes.len() < size {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(size);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_found() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let (left, right) = (folder.path().join("left"), folder.path().join("right"));
        write(&left, 60)?;
        write(&right, 60)?;
        assert_eq!(compare(&left, &right)?, 60);
        fs::write(right.join("flat/00004"), "other")?;
        fs::write(right.join("new"), "")?;
        fs::remove_file(right.join("flat/00008"))?;
        let message = compare(&left, &right).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message.starts_with("3 of 60 files differ"), "{message}");
        Ok(())
    }
}
