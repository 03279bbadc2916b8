//! `--exclude` and `--include`, whose order among each other counts.

use clap::{Arg, ArgAction, ArgMatches, Command};
use larder_client::filter::{Filter, Verdict};

/// The patterns in the order they were given. clap's derived arguments keep no order between two flags.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments {
    rules: Vec<(Verdict, String)>,
}

impl Arguments {
    pub(crate) fn filter(&self) -> Filter {
        Filter::new(self.rules.iter().map(|(verdict, pattern)| (*verdict, pattern.as_str())))
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
}
