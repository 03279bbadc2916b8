//! `--exclude` and `--include`, whose order among each other counts.

use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command};
use larder_client::filter::{Filter, Verdict};

use super::places;

/// The patterns in the order they were given. clap's derived arguments keep no order between two flags.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments {
    rules: Vec<(Verdict, String)>,
}

impl Arguments {
    pub(crate) fn filter(&self) -> Filter {
        Filter::new(self.rules.iter().map(|(verdict, pattern)| (*verdict, pattern.as_str())))
    }

    /// The filter of what is below a folder. As with `aws s3`, a pattern that is an absolute path means what has that path.
    pub(crate) fn filter_below(&self, folder: &Path) -> Filter {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let folder = places::folder(&folder).to_string_lossy().into_owned();
        let below = |pattern: &'_ str| {
            let rest = pattern.strip_prefix(&folder)?;
            if folder == "/" { Some(rest.to_owned()) } else { rest.strip_prefix('/').map(str::to_owned) }
        };
        let rules = self.rules.iter().map(|(verdict, pattern)| (*verdict, below(pattern).unwrap_or(pattern.clone())));
        let rules: Vec<_> = rules.collect();
        Filter::new(rules.iter().map(|(verdict, pattern)| (*verdict, pattern.as_str())))
    }
}

const FLAGS: [(&str, Verdict, &str); 2] = [
    ("exclude", Verdict::Exclude, "Leave out keys that match; of --exclude and --include the last that matches counts"),
    ("include", Verdict::Include, "Take in again keys that match"),
];

impl clap::Args for Arguments {
    fn augment_args(command: Command) -> Command {
        FLAGS.iter().fold(command, |command, (name, _, help)| {
            let flag = Arg::new(*name).long(*name).value_name("PATTERN").action(ArgAction::Append);
            command.arg(flag.help(*help).help_heading("What takes part"))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Arguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut found = Vec::new();
        for (name, verdict, _) in FLAGS {
            let indices = matches.indices_of(name).into_iter().flatten();
            let patterns = matches.get_many::<String>(name).into_iter().flatten();
            found.extend(indices.zip(patterns).map(|(index, pattern)| (index, verdict, pattern.clone())));
        }
        found.sort_by_key(|(index, _, _)| *index);
        Ok(Self { rules: found.into_iter().map(|(_, verdict, pattern)| (verdict, pattern)).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, FromArgMatches};

    use super::*;

    #[test]
    fn the_order_of_the_command_line_is_kept() {
        let command = Arguments::augment_args(Command::new("x"));
        let matches = command.get_matches_from(["x", "--exclude", "*", "--include", "a*", "--exclude", "ab*"]);
        let filter = Arguments::from_arg_matches(&matches).expect("patterns").filter();
        assert!(filter.admits("a") && !filter.admits("ab") && !filter.admits("c"));
    }

    #[test]
    fn an_absolute_path_is_one_below_the_folder() {
        let rules = ["/src/photos/raw/*", "/src/photosx/*", "tmp/*"];
        let arguments = Arguments { rules: rules.map(|rule| (Verdict::Exclude, rule.to_owned())).into() };
        for folder in ["/src/photos", "/src/photos/"] {
            let filter = arguments.filter_below(Path::new(folder));
            assert!(!filter.admits("raw/a") && !filter.admits("tmp/a"));
            assert!(filter.admits("a") && filter.admits("photosx/a") && filter.admits("x/a"));
        }
        assert!(!arguments.filter_below(Path::new("/")).admits("src/photos/raw/a"));
    }
}
