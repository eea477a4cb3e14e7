use std::io;

use anyhow::Result;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::voice::print_line;

/// Prints what lets a shell complete this program's commands and options.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  \
    dlc-rs completions bash > ~/.local/share/bash-completion/completions/dlc-rs")]
pub(crate) struct Arguments {
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let mut command = crate::Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    print_line(&mut io::stdout().lock(), String::from_utf8_lossy(&script))?;
    Ok(true)
}
