//! What `larder serve` prints when it is ready: where it is, and what to paste to use it.

use std::path::Path;

use larder_server::{KeyringMade, KeyringOrigin, KeysOrigin, RootKeyPlace, Welcome};

pub(super) fn text(welcome: &Welcome) -> String {
    let Welcome { endpoint, region, data, access_key_id, keys, keyring, new_secret } = welcome;
    let id = shell(access_key_id);
    let (kept, exported) = match (keys, new_secret) {
        (KeysOrigin::Made(file), Some(secret)) => {
            let exported = format!("export AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY={}", shell(secret.expose()));
            (format!("{} (made just now; the secret is not shown again)", path(file)), exported)
        }
        (KeysOrigin::File(file) | KeysOrigin::Made(file), _) => {
            let read = format!("\"$(sed -n 's/^secret_access_key = \"\\(.*\\)\"/\\1/p' {})\"", shell(&path(file)));
            (path(file), format!("export AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY={read}"))
        }
        (KeysOrigin::Settings, _) => {
            let exported = format!("export AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY=<as configured>");
            ("from the settings".to_owned(), exported)
        }
    };
    let version = env!("CARGO_PKG_VERSION");
    let root_key = root_key(keyring);
    let warning = warning(keyring, data);
    let data = path(data);
    format!(
        "Larder {version} serves S3\n\
         \x20 endpoint  {endpoint}\n\
         \x20 region    {region}\n\
         \x20 data      {data}\n\
         \x20 keys      {kept}\n\
         \x20 root key  {root_key}\n\
         {warning}\
         Paste this to begin:\n\
         \x20 export AWS_ENDPOINT_URL={endpoint} AWS_REGION={region}\n\
         \x20 {exported}\n\
         \x20 aws s3 mb s3://my-bucket\n\
         \x20 aws s3 cp README.md s3://my-bucket/\n"
    )
}

/// Where the root key is.
fn root_key(keyring: &KeyringOrigin) -> String {
    let place = match &keyring.root_key {
        RootKeyPlace::File(file) => path(file),
        RootKeyPlace::Setting => "from the settings".to_owned(),
        RootKeyPlace::Credential(file) => format!("from the systemd credential {}", path(file)),
        RootKeyPlace::Kms { path: file, key_id } => format!("{}, sealed by the KMS key {key_id}", path(file)),
    };
    if keyring.root_key_made { format!("{place} (made just now)") } else { place }
}

/// Said when there is a root key that nobody can have a copy of yet.
fn warning(keyring: &KeyringOrigin, data: &Path) -> String {
    let is_new = keyring.root_key_made || keyring.keyring != KeyringMade::Opened;
    if !is_new {
        return String::new();
    }
    format!(
        "\n\
         LOSING THE ROOT KEY IS LOSING THE DATA. All that is stored is encrypted under it, and nothing else opens it. Make a copy\n\
         that a passphrase seals, and keep it on another machine (after the exports below, while the server runs):\n\
         \x20 larder admin keys backup larder-keys.backup --data {}\n\n",
        shell(&path(data))
    )
}

/// A path that is not mistaken for a word.
fn path(path: &Path) -> String {
    if path.is_absolute() || path.starts_with(".") || path.starts_with("..") {
        path.display().to_string()
    } else {
        Path::new(".").join(path).display().to_string()
    }
}

/// `text` as one word of a POSIX shell.
fn shell(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=+,@%".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use larder_server::Secret;
    use larder_types::Region;

    use super::*;

    fn welcome(keys: KeysOrigin, new_secret: Option<&str>) -> Welcome {
        let root_key = RootKeyPlace::File("larder-data/root.key".into());
        let keyring = if new_secret.is_some() { KeyringMade::Made } else { KeyringMade::Opened };
        Welcome {
            endpoint: "http://127.0.0.1:9000".to_owned(),
            region: Region::parse("eu-north-1").expect("a region"),
            data: PathBuf::from("larder-data"),
            access_key_id: "LARDAAAABBBBCCCCDDDD".into(),
            keys,
            keyring: KeyringOrigin { root_key, root_key_made: new_secret.is_some(), keyring },
            new_secret: new_secret.map(|secret| Arc::new(Secret::new(secret.to_owned()))),
        }
    }

    #[test]
    fn the_first_start_shows_everything_to_paste() {
        let made = KeysOrigin::Made("larder-data/root-credentials.toml".into());
        let expected = "\
Larder VERSION serves S3
  endpoint  http://127.0.0.1:9000
  region    eu-north-1
  data      ./larder-data
  keys      ./larder-data/root-credentials.toml (made just now; the secret is not shown again)
  root key  ./larder-data/root.key (made just now)

LOSING THE ROOT KEY IS LOSING THE DATA. All that is stored is encrypted under it, and nothing else opens it. Make a copy
that a passphrase seals, and keep it on another machine (after the exports below, while the server runs):
  larder admin keys backup larder-keys.backup --data ./larder-data

Paste this to begin:
  export AWS_ENDPOINT_URL=http://127.0.0.1:9000 AWS_REGION=eu-north-1
  export AWS_ACCESS_KEY_ID=LARDAAAABBBBCCCCDDDD AWS_SECRET_ACCESS_KEY=swordfish
  aws s3 mb s3://my-bucket
  aws s3 cp README.md s3://my-bucket/
";
        assert_eq!(text(&welcome(made, Some("swordfish"))), expected.replace("VERSION", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn later_starts_show_where_the_secret_is() {
        let shown = text(&welcome(KeysOrigin::File("/srv/my data/root-credentials.toml".into()), None));
        assert!(shown.contains("  keys      /srv/my data/root-credentials.toml\n"), "{shown}");
        let read = "AWS_SECRET_ACCESS_KEY=\"$(sed -n 's/^secret_access_key = \"\\(.*\\)\"/\\1/p' '/srv/my data/root-credentials.toml')\"";
        assert!(shown.contains(read), "{shown}");
        assert!(shown.contains("  root key  ./larder-data/root.key\nPaste"), "{shown}");
        let shown = text(&welcome(KeysOrigin::Settings, None));
        assert!(shown.contains("AWS_SECRET_ACCESS_KEY=<as configured>"), "{shown}");
    }

    #[test]
    fn a_word_for_the_shell_stays_one_word() {
        assert_eq!(shell("a/b-c=d"), "a/b-c=d");
        assert_eq!(shell("it's $HOME"), "'it'\\''s $HOME'");
        assert_eq!(shell(""), "''");
    }
}
