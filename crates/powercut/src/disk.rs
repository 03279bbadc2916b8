//! What of a history a disk holds.
//!
//! The model is weaker than any one file system, so that a store that is safe on it is safe on ext4, XFS and btrfs:
//! - what a sync of a file covered is there: its bytes, its length, not its name;
//! - what a sync of a directory covered is there: the names in it;
//! - of later writes each page, or each sector of a page, is of some later moment, independent of all others; pages that are not
//!   there read as zeros; the length is of some later moment, independent of the bytes;
//! - later changes of names are there up to some moment: one for the whole file system, as with a journal, or one for each
//!   directory; a rename is never seen half done;
//! - what a cut of a file took away does not come back once the cut is there;
//! - writes whose sync failed may be there or not, page by page, whatever is synced later, unless the page is written again.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;

use larder_env::{Rng, random_u64};

use crate::event::{Kind, Log, Node, ROOT};
use crate::history::{Change, Directory, File, History, Naming, PAGE};
use crate::image::{Contents, Entry, Image};

const SECTOR: u64 = 512;

/// What becomes of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It is all there, as after `kill -9`.
    Nothing,
    /// It is gone.
    Everything,
    /// The disk has what came before some moment, and nothing later.
    Since,
    /// Any pages of it are there.
    Pages,
    /// Any sectors of it are there.
    Sectors,
}

impl Loss {
    /// All of these.
    pub const ALL: [Self; 5] = [Self::Nothing, Self::Everything, Self::Since, Self::Pages, Self::Sectors];
}

/// One disk, being chosen.
struct Disk<'a> {
    history: &'a History,
    rng: &'a dyn Rng,
    loss: Loss,
    cut: usize,
    /// The moment of everything that has no other.
    since: Option<usize>,
    /// Moments of the names in directories.
    named: HashMap<Node, usize>,
}

impl Log {
    /// What the disk could hold after a power cut that follows the first `cut` events. The same `rng`, the same image.
    ///
    /// # Panics
    /// When the log has no such place.
    #[must_use]
    pub fn image(&self, cut: usize, loss: Loss, rng: &dyn Rng) -> Image {
        assert!(self.base <= cut && cut <= self.events.len(), "no such place");
        let history = History::new(self, cut);
        let mut disk = Disk { history: &history, rng, loss, cut, since: None, named: HashMap::new() };
        disk.choose_moments();
        let mut contents = BTreeMap::new();
        let root = disk.directory(ROOT, &mut contents);
        Image { root, contents }
    }
}

impl Disk<'_> {
    /// A number from the first to the second.
    fn between(&self, low: usize, high: usize) -> usize {
        low + usize::try_from(random_u64(self.rng) % (high - low + 1) as u64).expect("below a usize")
    }

    fn coin(&self) -> bool {
        random_u64(self.rng).is_multiple_of(2)
    }

    /// A moment not before `low`; the ends are as likely as everything between.
    fn moment(&self, low: usize) -> usize {
        match random_u64(self.rng) % 3 {
            0 => low,
            1 => self.cut,
            _ => self.between(low, self.cut),
        }
    }

    fn choose_moments(&mut self) {
        // In the order of nodes: the order of a hash map is not the same twice.
        let mut directories: Vec<(Node, usize)> =
            self.history.directories.iter().map(|(node, directory)| (*node, directory.durable)).collect();
        directories.sort_unstable();
        let synced = directories.iter().map(|(_, durable)| *durable).max().unwrap_or(0);
        let since = match self.loss {
            Loss::Nothing => Some(self.cut),
            Loss::Everything => None,
            Loss::Since => {
                let files = self.history.files.values().map(|file| file.durable).max().unwrap_or(0);
                Some(self.moment(synced.max(files)))
            }
            Loss::Pages | Loss::Sectors => self.coin().then(|| self.moment(synced)),
        };
        for (node, durable) in directories {
            let moment = match (since, self.loss) {
                (Some(moment), _) => moment,
                (None, Loss::Everything) => durable,
                (None, _) => self.moment(durable),
            };
            self.named.insert(node, moment);
        }
        if matches!(self.loss, Loss::Nothing | Loss::Since) {
            self.since = since;
        }
    }

    fn directory(&self, node: Node, contents: &mut BTreeMap<Node, Contents>) -> Entry {
        let mut names: BTreeMap<OsString, Node> = BTreeMap::new();
        let none = Directory::default();
        let directory = self.history.directories.get(&node).unwrap_or(&none);
        for (time, change) in directory.changes.iter().take_while(|(time, _)| *time < self.named[&node]) {
            match change {
                Naming::Set(name, node) => drop(names.insert(name.clone(), *node)),
                Naming::Remove(name) => drop(names.remove(name)),
                Naming::MovedTo(name, target) if *time < self.named[target] => drop(names.remove(name)),
                Naming::MovedTo(..) => {}
            }
        }
        let entry = |(name, node): (OsString, Node)| {
            let entry = match self.kind(node) {
                Kind::Directory => self.directory(node, contents),
                Kind::File => {
                    contents.entry(node).or_insert_with(|| self.contents(&self.history.files[&node]));
                    Entry::File(node)
                }
            };
            (name, entry)
        };
        Entry::Directory(names.into_iter().map(entry).collect())
    }

    fn kind(&self, node: Node) -> Kind {
        if self.history.directories.contains_key(&node) { Kind::Directory } else { Kind::File }
    }

    fn contents(&self, file: &File) -> Contents {
        let of_length = self.since.map_or_else(
            || match self.loss {
                Loss::Everything => file.durable,
                _ => self.moment(file.durable),
            },
            |since| since.max(file.durable),
        );
        let length = file.length_at(of_length);
        let mut pages = BTreeMap::new();
        for (page, changes) in file.pages.range(..length.div_ceil(PAGE)) {
            let mut bytes = self.page(file, *page, changes, of_length);
            let end = length - page * PAGE;
            if end < PAGE {
                bytes[usize::try_from(end).expect("less than a page")..].fill(0);
            }
            pages.insert(*page, bytes);
        }
        Contents { length, pages }
    }

    /// The bytes of a page. A cut of the file that is there in its length is there in the page, and the other way round.
    fn page(&self, file: &File, page: u64, changes: &[usize], of_length: usize) -> Box<[u8]> {
        let cut = |index: &&usize| matches!(file.changes[**index].1, Change::Cut { .. });
        let time = |index: &usize| file.changes[*index].0;
        let low = changes.iter().filter(cut).map(time).filter(|time| *time < of_length).max();
        let low = low.map_or(file.durable, |time| (time + 1).max(file.durable));
        let high = changes.iter().filter(cut).map(time).find(|time| *time >= of_length).unwrap_or(self.cut);
        // Moments after which the page is another: none, or some of those after `low`.
        let mut moments = vec![low];
        moments.extend(changes.iter().map(time).filter(|time| (low..high).contains(time)).map(|time| time + 1));
        let lost: Vec<usize> = changes.iter().copied().filter(|index| self.is_lost(file, *index)).collect();
        let at = |moment: usize| render(file, page, changes, moment, &lost);
        let last = *moments.last().expect("one at least");
        match self.loss {
            _ if moments.len() == 1 => at(low),
            Loss::Everything => at(low),
            Loss::Nothing | Loss::Since => at(self.since.map_or(last, |since| since.clamp(low, high.max(low)))),
            Loss::Sectors if self.coin() => {
                let mut torn = at(last);
                let early = at(moments[self.between(0, moments.len() - 1)]);
                for sector in 0..(PAGE / SECTOR) as usize {
                    let range = sector * SECTOR as usize..(sector + 1) * SECTOR as usize;
                    if self.coin() {
                        torn[range.clone()].copy_from_slice(&early[range]);
                    }
                }
                torn
            }
            Loss::Pages | Loss::Sectors => at(moments[self.between(0, moments.len() - 1)]),
        }
    }

    fn is_lost(&self, file: &File, index: usize) -> bool {
        file.lost.contains(&index)
            && match self.loss {
                Loss::Nothing => false,
                Loss::Everything => true,
                _ => self.coin(),
            }
    }
}

/// A page as of a moment. Changes that were lost are missing, unless the page was written again with what it held in memory.
fn render(file: &File, page: u64, changes: &[usize], moment: usize, lost: &[usize]) -> Box<[u8]> {
    let mut bytes = vec![0; PAGE as usize].into_boxed_slice();
    let start = page * PAGE;
    let within = |position: u64| usize::try_from(position.clamp(start, start + PAGE) - start).expect("within a page");
    let seen = changes.iter().take_while(|index| file.changes[**index].0 < moment);
    let written_last = seen.clone().filter(|index| !lost.contains(index)).max();
    for index in seen.filter(|index| Some(*index) <= written_last || !lost.contains(index)) {
        match &file.changes[*index] {
            (_, Change::Write { offset, bytes: written }) => {
                let (from, to) = (within(*offset), within(offset + written.len() as u64));
                let source = usize::try_from((start + from as u64) - offset).expect("within what was written");
                bytes[from..to].copy_from_slice(&written[source..source + (to - from)]);
            }
            (_, Change::Cut { length }) => bytes[within(*length)..].fill(0),
            (_, Change::Extend { .. }) => {}
        }
    }
    bytes
}
