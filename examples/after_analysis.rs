//! Filters the poses of an analysed video, draws them into it, plots them, and reports on the session.
//!
//! ```sh
//! cargo run --release -p examples --example after_analysis -- PROJECT/config.yaml VIDEO
//! ```
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{env, error::Error};

use dlc::{
    Results,
    io::project::ModelRequest,
    results::{Filter, LabeledVideoOptions, PlotTrajectoriesOptions, SessionReportOptions},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let config = arguments.next().ok_or("which config.yaml?")?;
    let video = arguments.next().ok_or("which video?")?;
    let results = Results::open(config, &ModelRequest::shuffle(1))?;

    let filtered = results.filter_predictions(&video, &Filter::default())?;
    println!("{}", filtered.h5.display());

    let labeled = results.create_labeled_video(&video, &LabeledVideoOptions::default())?;
    println!("{}", labeled.path.display());

    for plot in results.plot_trajectories(&video, &PlotTrajectoriesOptions::default())? {
        println!("{}", plot.display());
    }

    results.write_session_report("session.html", [&video], &SessionReportOptions::default())?;
    println!("session.html");
    Ok(())
}
