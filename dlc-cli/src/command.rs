use anyhow::Result;
use clap::Subcommand;

#[cfg(feature = "pipeline")]
use crate::pipeline;
#[cfg(feature = "serve")]
use crate::serve;
use crate::{
    commands::{
        analyze, completions, demo, devices, evaluate, export, filter, info, label, live, plot,
        report, skeleton,
    },
    voice::Voice,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Analyze(Box<analyze::Arguments>),
    Filter(filter::Arguments),
    Skeleton(skeleton::Arguments),
    Label(label::Arguments),
    Plot(plot::Arguments),
    Report(report::Arguments),
    Evaluate(evaluate::Arguments),
    Live(live::Arguments),
    #[command(subcommand)]
    Export(export::Format),
    Info(info::Arguments),
    /// Lists the processor and the adapters that `--device` can name.
    Devices,
    Demo(demo::Arguments),
    #[cfg(feature = "pipeline")]
    Register(pipeline::register::Arguments),
    #[cfg(feature = "pipeline")]
    Add(pipeline::add::Arguments),
    #[cfg(feature = "pipeline")]
    Map(pipeline::map::Arguments),
    #[cfg(feature = "pipeline")]
    Start(pipeline::start::Arguments),
    #[cfg(feature = "pipeline")]
    Predict(pipeline::predict::Arguments),
    #[cfg(feature = "pipeline")]
    Worker(pipeline::worker::Arguments),
    #[cfg(feature = "pipeline")]
    Status(pipeline::status::Arguments),
    #[cfg(feature = "pipeline")]
    Retry(pipeline::retry::Arguments),
    #[cfg(feature = "serve")]
    Serve(serve::Arguments),
    Completions(completions::Arguments),
}

/// Commands of features, in the order of the features.
const OF_FEATURES: [(&str, &[&str]); 2] = [
    (
        "pipeline",
        &[
            "register", "add", "map", "start", "predict", "worker", "status", "retry",
        ],
    ),
    ("serve", &["serve"]),
];

/// Returns the feature of a command that this program does not have.
pub(crate) fn missing_feature(command: &str) -> Option<&'static str> {
    let of_features = OF_FEATURES.into_iter();
    let mut of_features = of_features.filter(|(_, commands)| commands.contains(&command));
    of_features.next().map(|(feature, _)| feature)
}

impl Command {
    /// Does what was asked for, and returns whether all of it went well.
    pub(crate) fn run(self, voice: Voice) -> Result<bool> {
        match self {
            Self::Analyze(arguments) => analyze::run(*arguments, voice),
            Self::Filter(arguments) => filter::run(arguments, voice),
            Self::Skeleton(arguments) => skeleton::run(arguments, voice),
            Self::Label(arguments) => label::run(arguments, voice),
            Self::Plot(arguments) => plot::run(arguments, voice),
            Self::Report(arguments) => report::run(arguments, voice),
            Self::Evaluate(arguments) => evaluate::run(arguments, voice),
            Self::Live(arguments) => live::run(&arguments, voice),
            Self::Export(format) => export::run(format, voice),
            Self::Info(arguments) => info::run(&arguments, voice),
            Self::Devices => devices::run(voice),
            Self::Demo(arguments) => demo::run(arguments, voice),
            #[cfg(feature = "pipeline")]
            Self::Register(arguments) => pipeline::register::run(arguments, voice),
            #[cfg(feature = "pipeline")]
            Self::Add(arguments) => pipeline::add::run(arguments, voice),
            #[cfg(feature = "pipeline")]
            Self::Map(arguments) => pipeline::map::run(arguments, voice),
            #[cfg(feature = "pipeline")]
            Self::Start(arguments) => pipeline::start::run(&arguments, voice),
            #[cfg(feature = "pipeline")]
            Self::Predict(arguments) => pipeline::predict::run(arguments, voice),
            #[cfg(feature = "pipeline")]
            Self::Worker(arguments) => pipeline::worker::run(arguments, voice),
            #[cfg(feature = "pipeline")]
            Self::Status(arguments) => pipeline::status::run(&arguments, voice),
            #[cfg(feature = "pipeline")]
            Self::Retry(arguments) => pipeline::retry::run(&arguments, voice),
            #[cfg(feature = "serve")]
            Self::Serve(arguments) => serve::run(arguments, voice),
            Self::Completions(arguments) => completions::run(&arguments),
        }
    }
}
