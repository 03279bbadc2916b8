//! The binary, run as a user runs it.

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::Served;

fn larder(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_larder"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    larder(folder).args(arguments).output().expect("the binary runs")
}

/// What the server answers to a plain request.
fn ask(served: &Served, target: &str) -> String {
    let address = served.endpoint().strip_prefix("http://").expect("without TLS");
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {target} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn the_first_start_shows_the_keys_and_the_second_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Served::start(larder(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]));
    assert!(ask(&first, "/-/ready").starts_with("HTTP/1.1 200 "));
    assert_eq!(first.word_after("data  "), "./larder-data");
    let id = first.word_after("AWS_ACCESS_KEY_ID=").to_owned();
    let secret = first.word_after("AWS_SECRET_ACCESS_KEY=").to_owned();
    assert_eq!((id.len(), secret.len()), (20, 40));
    first.stop();

    let kept = fs::read_to_string(folder.path().join("larder-data/root-credentials.toml")).expect("the file");
    assert!(kept.contains(&id) && kept.contains(&secret));
    let second = Served::start(larder(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]));
    assert!(second.banner.contains(&id) && !second.banner.contains(&secret), "{}", second.banner);
    // What it says to paste yields the secret.
    let (_, rest) = second.banner.split_once("export AWS_ACCESS_KEY_ID").expect("the line to paste");
    let line = rest.lines().next().expect("a line");
    let script = format!("export AWS_ACCESS_KEY_ID{line}; printf %s \"$AWS_SECRET_ACCESS_KEY\"");
    let pasted = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().expect("sh runs");
    assert_eq!(String::from_utf8_lossy(&pasted.stdout), secret);
    second.stop();
}

#[test]
fn a_file_of_settings_in_the_working_folder_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "listen = \"127.0.0.1:0\"\ndata = \"store\"\nregion = \"eu-west-3\"\ndurability = \"relaxed\"\n";
    fs::write(folder.path().join("larder.toml"), text).expect("written");
    let mut command = larder(folder.path());
    command.arg("serve").env("LARDER_ROOT_ACCESS_KEY_ID", "test").env("LARDER_ROOT_SECRET_ACCESS_KEY", "swordfish");
    let served = Served::start(&mut command);
    assert_eq!(served.word_after("AWS_REGION="), "eu-west-3");
    assert!(!served.banner.contains("swordfish"));
    assert!(folder.path().join("store").is_dir());
    served.stop();
}

#[test]
fn mistakes_are_told_and_end_in_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, told) in [
        (&["serve", "--listen", "nonsense"][..], "larder: --listen: \"nonsense\" is not an IP address and port"),
        (&["serve", "--config", "none.toml"], "larder: there is no file none.toml"),
        (&["serve", "--tls-key", "k"], "larder: --tls-key: tls_certificate has to be set too"),
        (&["serve", "--no-such-flag"], "unexpected argument '--no-such-flag'"),
        (&["serve", "--data", "/dev/null/x", "--listen", "127.0.0.1:0"], "larder: the data folder does not open: "),
    ] {
        let output = run(folder.path(), arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(told), "{arguments:?}: {error}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing was made");
}

#[test]
fn it_says_what_it_can_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = |arguments: &[&str]| {
        let output = run(folder.path(), arguments);
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(text(&["--version"]), format!("larder {}\n", env!("CARGO_PKG_VERSION")));
    assert!(text(&["--help"]).contains("larder serve --data /srv/larder"));
    let help = text(&["serve", "--help"]);
    for variable in ["LARDER_CONFIG", "LARDER_LISTEN", "LARDER_DOMAINS", "LARDER_DRAIN_SECONDS"] {
        assert!(help.contains(variable), "{variable}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(text(&["completions", shell]).contains("larder"), "{shell}");
    }
}

/// A pipe takes 64 KiB, and these lines have more.
#[test]
fn a_log_that_nobody_reads_holds_up_no_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = larder(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--access-log"]).stderr(Stdio::piped());
    let served = Served::start(&mut command);
    let long = format!("/bucket/{}", "x".repeat(500));
    for _ in 0..300 {
        assert!(ask(&served, &long).starts_with("HTTP/1.1 404 "));
    }
    served.stop();
}
