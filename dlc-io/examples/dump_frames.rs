//! Writes the frames of a video as raw RGB: a head and the pixels for each.
//!
//! ```text
//! cargo run -p dlc-io --example dump_frames -- mouse.mp4 > frames.bin
//! ```
//!
//! The output begins with width, height, number of frames and rate (each 8 bytes, little endian:
//! three integers and a float). Each frame is its index (8 bytes) and width x height x 3 bytes.
//! With `--quiet` nothing is written: it then measures how fast a video is decoded.
//! `conformance/video` compares the output with OpenCV's frames.

use std::{
    env,
    error::Error,
    io::{self, BufWriter, Write},
    time::Instant,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<_> = env::args_os().skip(1).collect();
    let is_quiet = arguments.first().is_some_and(|a| a == "--quiet");
    if is_quiet {
        arguments.remove(0);
    }
    let [path] = &arguments[..] else {
        return Err("expected: dump_frames [--quiet] VIDEO".into());
    };
    let start = Instant::now();
    let mut video = dlc_io::video::open(path)?;
    let opened = start.elapsed();
    let info = video.info();
    let mut out: Box<dyn Write> = match is_quiet {
        true => Box::new(io::sink()),
        false => Box::new(BufWriter::new(io::stdout().lock())),
    };
    for number in [info.width, info.height, info.frame_count] {
        out.write_all(&(number as u64).to_le_bytes())?;
    }
    out.write_all(&info.fps.to_le_bytes())?;
    let mut count = 0;
    while let Some(frame) = video.next_frame()? {
        out.write_all(&(frame.index() as u64).to_le_bytes())?;
        out.write_all(frame.pixels())?;
        count += 1;
    }
    out.flush()?;
    let elapsed = start.elapsed().as_secs_f64();
    eprintln!(
        "{count} of {} frames in {elapsed:.2} s, of which {:.2} s to open: {:.0} frames/s",
        info.frame_count,
        opened.as_secs_f64(),
        f64::from(count) / elapsed,
    );
    Ok(())
}
