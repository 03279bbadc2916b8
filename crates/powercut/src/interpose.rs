//! Stands in for the functions of the C library that change files, and records what they change where that is recorded.
//!
//! Each makes the system call itself and answers what the kernel answered, so a program notices nothing. A change and its record
//! are one step under the registry's lock, so that the order of the record is the kernel's. A sync is not: others write while
//! it is under way, and only what came before its beginning counts as synced.
//!
//! Only what Rust's standard library and `rustix` call is here (`open64` and not `fopen`). What went past would show: see
//! the crate's documentation.
//!
//! On safety: every function here has the contract of the function it stands in for, which its caller keeps: paths end in NUL,
//! buffers are as long as said. Blocks below that have no reason of their own pass these on to the kernel unchanged.

use std::ffi::{CStr, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use libc::{c_char, c_int, c_long, c_uint, c_void, iovec, mode_t, off_t, size_t, ssize_t};

use crate::event::{Event, Kind, Name, Node};
use crate::registry::{self, Inode, Registry};

/// Everything below. Whoever calls this has it linked: a linker may take out of a library only what something refers to.
pub(crate) fn link_all() {
    let all: [*const (); 21] = [
        open64 as _,
        open as _,
        openat64 as _,
        openat as _,
        write as _,
        writev as _,
        pwrite64 as _,
        pwritev64 as _,
        ftruncate64 as _,
        ftruncate as _,
        renameat2 as _,
        renameat as _,
        rename as _,
        linkat as _,
        link as _,
        unlinkat as _,
        unlink as _,
        rmdir as _,
        mkdirat as _,
        mkdir as _,
        fsync as _,
    ];
    std::hint::black_box((all, fdatasync as *const ()));
}

fn narrow(result: c_long) -> c_int {
    c_int::try_from(result).expect("the call answers an int")
}

fn size(result: c_long) -> ssize_t {
    ssize_t::try_from(result).expect("the call answers a size")
}

/// Which file a descriptor or, with a path, a name stands for.
fn inode(directory: c_int, path: &CStr, flags: c_int) -> Option<Inode> {
    status(directory, path, flags).map(|found| (found.st_dev, found.st_ino))
}

/// A file that is gone when this name goes. Its number may then become another file's, which is no part of the recording.
fn last_name(directory: c_int, path: &CStr) -> Option<Inode> {
    let found = status(directory, path, libc::AT_SYMLINK_NOFOLLOW)?;
    let only = found.st_nlink <= 1 || found.st_mode & libc::S_IFMT == libc::S_IFDIR;
    only.then_some((found.st_dev, found.st_ino))
}

fn status(directory: c_int, path: &CStr, flags: c_int) -> Option<libc::stat> {
    // SAFETY: all zeros are a `stat`, which is plain numbers.
    let mut found: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the path ends in NUL and there is room for the answer.
    let failed = unsafe { libc::fstatat(directory, path.as_ptr(), &raw mut found, flags) };
    (failed == 0).then_some(found)
}

/// The recorded file behind a descriptor.
fn node(registry: &mut Registry, file: c_int) -> Option<(usize, Node)> {
    registry.find(inode(file, c"", libc::AT_EMPTY_PATH)?)
}

/// The recorded directory that a path lies in, and the name in it.
fn place(registry: &mut Registry, directory: c_int, path: &CStr) -> Option<((usize, Node), OsString)> {
    let bytes = path.to_bytes();
    let end = bytes.iter().rposition(|byte| *byte != b'/')? + 1;
    let (parent, name) = match bytes[..end].iter().rposition(|byte| *byte == b'/') {
        Some(at) => (&bytes[..=at], &bytes[at + 1..end]),
        None => (&b"."[..], &bytes[..end]),
    };
    let parent = std::ffi::CString::new(parent).ok()?;
    let found = registry.find(inode(directory, &parent, 0)?)?;
    Some((found, OsStr::from_bytes(name).to_owned()))
}

/// # Safety
/// The path ends in NUL.
unsafe fn text<'a>(path: *const c_char) -> &'a CStr {
    unsafe { CStr::from_ptr(path) }
}

unsafe fn open_at(directory: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    let open = || narrow(unsafe { libc::syscall(libc::SYS_openat, directory, path, flags, mode) });
    if flags & (libc::O_CREAT | libc::O_TRUNC) == 0 {
        return open();
    }
    let Some(mut registry) = registry::enter() else { return open() };
    let path = unsafe { text(path) };
    let Some((parent, name)) = place(&mut registry, directory, path) else {
        drop(registry);
        return open();
    };
    let there = inode(directory, path, libc::AT_SYMLINK_NOFOLLOW).is_some();
    let file = open();
    if file < 0 {
        return file;
    }
    match inode(file, c"", libc::AT_EMPTY_PATH) {
        Some(inode) if !there => registry.created(parent, name, inode, Kind::File),
        Some(inode) if flags & libc::O_TRUNC != 0 => {
            if let Some((recording, node)) = registry.find(inode) {
                registry.record(recording, Event::SetLength { node, length: 0 });
            }
        }
        _ => {}
    }
    file
}

// `open` takes its mode as a variable argument. On Linux's x86-64 and AArch64 such an argument comes where a fixed one would.

#[unsafe(no_mangle)]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    unsafe { open_at(libc::AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    unsafe { open_at(libc::AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn openat64(directory: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    unsafe { open_at(directory, path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn openat(directory: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    unsafe { open_at(directory, path, flags, mode) }
}

/// Writes, and records what was written. `offset` is where; `None` is where the file's own position is.
///
/// # Safety
/// `bytes` gives the first so many bytes of the caller's buffers.
unsafe fn write_recorded(
    file: c_int,
    offset: Option<off_t>,
    write: impl FnOnce() -> ssize_t,
    bytes: impl FnOnce(usize) -> Vec<u8>,
) -> ssize_t {
    let Some(mut registry) = registry::enter() else { return write() };
    let Some((recording, node)) = node(&mut registry, file) else {
        drop(registry);
        return write();
    };
    let written = write();
    if let Ok(length) = usize::try_from(written)
        && length > 0
    {
        // SAFETY: asks for a number.
        let start = offset.unwrap_or_else(|| unsafe { libc::lseek64(file, 0, libc::SEEK_CUR) } - written as off_t);
        let offset = u64::try_from(start).expect("a file's positions are not negative");
        registry.record(recording, Event::Write { node, offset, bytes: bytes(length).into() });
    }
    written
}

unsafe fn copied(buffer: *const c_void, length: usize) -> Vec<u8> {
    // SAFETY: the kernel has just read as many bytes from there.
    unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), length) }.to_vec()
}

unsafe fn gathered(buffers: *const iovec, count: c_int, length: usize) -> Vec<u8> {
    // SAFETY: the kernel has just read the buffers' list, and `length` bytes from them.
    let buffers = unsafe { std::slice::from_raw_parts(buffers, usize::try_from(count).unwrap_or(0)) };
    let mut bytes = Vec::with_capacity(length);
    for buffer in buffers {
        let taken = buffer.iov_len.min(length - bytes.len());
        bytes.extend(unsafe { copied(buffer.iov_base, taken) });
    }
    bytes
}

#[unsafe(no_mangle)]
unsafe extern "C" fn write(file: c_int, buffer: *const c_void, length: size_t) -> ssize_t {
    let write = || size(unsafe { libc::syscall(libc::SYS_write, file, buffer, length) });
    unsafe { write_recorded(file, None, write, |written| copied(buffer, written)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn writev(file: c_int, buffers: *const iovec, count: c_int) -> ssize_t {
    let write = || size(unsafe { libc::syscall(libc::SYS_writev, file, buffers, count) });
    unsafe { write_recorded(file, None, write, |written| gathered(buffers, count, written)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(file: c_int, buffer: *const c_void, length: size_t, offset: off_t) -> ssize_t {
    let write = || size(unsafe { libc::syscall(libc::SYS_pwrite64, file, buffer, length, offset) });
    unsafe { write_recorded(file, Some(offset), write, |written| copied(buffer, written)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwritev64(file: c_int, buffers: *const iovec, count: c_int, offset: off_t) -> ssize_t {
    // The kernel takes the offset in two halves, of which a 64-bit one ignores the upper.
    let write = || size(unsafe { libc::syscall(libc::SYS_pwritev, file, buffers, count, offset, 0) });
    unsafe { write_recorded(file, Some(offset), write, |written| gathered(buffers, count, written)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate64(file: c_int, length: off_t) -> c_int {
    let truncate = || narrow(unsafe { libc::syscall(libc::SYS_ftruncate, file, length) });
    let Some(mut registry) = registry::enter() else { return truncate() };
    let Some((recording, node)) = node(&mut registry, file) else { return truncate() };
    let result = truncate();
    if result == 0 {
        let length = u64::try_from(length).expect("the kernel refuses a negative length");
        registry.record(recording, Event::SetLength { node, length });
    }
    result
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate(file: c_int, length: off_t) -> c_int {
    unsafe { ftruncate64(file, length) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn renameat2(
    from_directory: c_int,
    from: *const c_char,
    to_directory: c_int,
    to: *const c_char,
    flags: c_uint,
) -> c_int {
    let rename =
        || narrow(unsafe { libc::syscall(libc::SYS_renameat2, from_directory, from, to_directory, to, flags) });
    let Some(mut registry) = registry::enter() else { return rename() };
    let source = place(&mut registry, from_directory, unsafe { text(from) });
    let target = place(&mut registry, to_directory, unsafe { text(to) });
    let replaced = target.as_ref().and_then(|_| last_name(to_directory, unsafe { text(to) }));
    let result = rename();
    if result == 0
        && let Some(replaced) = replaced
    {
        registry.forget(replaced);
    }
    if result == 0
        && let (Some(((recording, from), from_name)), Some(((_, to), to_name))) = (source, target)
    {
        let from = Name { directory: from, name: from_name };
        registry.record(recording, Event::Rename { from, to: Name { directory: to, name: to_name } });
    }
    result
}

#[unsafe(no_mangle)]
unsafe extern "C" fn renameat(
    from_directory: c_int,
    from: *const c_char,
    to_directory: c_int,
    to: *const c_char,
) -> c_int {
    unsafe { renameat2(from_directory, from, to_directory, to, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    unsafe { renameat2(libc::AT_FDCWD, from, libc::AT_FDCWD, to, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn linkat(
    from_directory: c_int,
    from: *const c_char,
    to_directory: c_int,
    to: *const c_char,
    flags: c_int,
) -> c_int {
    let link = || narrow(unsafe { libc::syscall(libc::SYS_linkat, from_directory, from, to_directory, to, flags) });
    let Some(mut registry) = registry::enter() else { return link() };
    let target = place(&mut registry, to_directory, unsafe { text(to) });
    let result = link();
    if result == 0
        && let Some(((recording, directory), name)) = target
        && let Some(inode) = inode(to_directory, unsafe { text(to) }, libc::AT_SYMLINK_NOFOLLOW)
        && let Some((_, node)) = registry.find(inode)
    {
        registry.record(recording, Event::Link { at: Name { directory, name }, node });
    }
    result
}

#[unsafe(no_mangle)]
unsafe extern "C" fn link(from: *const c_char, to: *const c_char) -> c_int {
    unsafe { linkat(libc::AT_FDCWD, from, libc::AT_FDCWD, to, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unlinkat(directory: c_int, path: *const c_char, flags: c_int) -> c_int {
    let unlink = || narrow(unsafe { libc::syscall(libc::SYS_unlinkat, directory, path, flags) });
    let Some(mut registry) = registry::enter() else { return unlink() };
    let Some(((recording, parent), name)) = place(&mut registry, directory, unsafe { text(path) }) else {
        drop(registry);
        return unlink();
    };
    let gone = last_name(directory, unsafe { text(path) });
    let result = unlink();
    if result == 0 {
        if let Some(gone) = gone {
            registry.forget(gone);
        }
        registry.record(recording, Event::Unlink { at: Name { directory: parent, name } });
    }
    result
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    unsafe { unlinkat(libc::AT_FDCWD, path, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    unsafe { unlinkat(libc::AT_FDCWD, path, libc::AT_REMOVEDIR) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdirat(directory: c_int, path: *const c_char, mode: mode_t) -> c_int {
    let make = || narrow(unsafe { libc::syscall(libc::SYS_mkdirat, directory, path, mode) });
    let Some(mut registry) = registry::enter() else { return make() };
    let path = unsafe { text(path) };
    let Some((parent, name)) = place(&mut registry, directory, path) else {
        drop(registry);
        return make();
    };
    let result = make();
    if result == 0
        && let Some(inode) = inode(directory, path, libc::AT_SYMLINK_NOFOLLOW)
    {
        registry.created(parent, name, inode, Kind::Directory);
    }
    result
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdir(path: *const c_char, mode: mode_t) -> c_int {
    unsafe { mkdirat(libc::AT_FDCWD, path, mode) }
}

/// How long a recorded sync takes: others get the time to write, as they would beside a disk.
const SYNC_TAKES: Duration = Duration::from_micros(200);

/// Records a sync without keeping others from writing. It is not carried out, nor is any other of this process once it has
/// recorded anything: the recording is what tests take for the disk.
fn sync(file: c_int, sync: impl FnOnce() -> c_int) -> c_int {
    if !registry::has_recorded() {
        return sync();
    }
    let begun = registry::enter().and_then(|mut registry| {
        let node = node(&mut registry, file)?;
        Some(registry.sync_begins(node))
    });
    let Some(begun) = begun else { return 0 };
    std::thread::sleep(SYNC_TAKES);
    if let Some(mut registry) = registry::enter() {
        registry.sync_ends(begun, !begun.fails);
    }
    if begun.fails {
        // SAFETY: every thread has an error number of its own.
        unsafe { *libc::__errno_location() = libc::EIO };
        return -1;
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fsync(file: c_int) -> c_int {
    sync(file, || narrow(unsafe { libc::syscall(libc::SYS_fsync, file) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdatasync(file: c_int) -> c_int {
    sync(file, || narrow(unsafe { libc::syscall(libc::SYS_fdatasync, file) }))
}
