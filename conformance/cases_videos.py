"""Times of the frames of videos, as `dlc-rs export nwb` writes them, against those of ffprobe and OpenCV.

Videos are the given ones and those that ffmpeg makes here: even and uneven ones in many containers, with
pauses, dropped frames, jitter, offsets, edit lists and frames out of order. A video that is uneven by its
making must have the times that ffprobe and OpenCV (where it is installed) give to its frames; an even one
must have a rate that is off by no more than its container rounds. Poses with a row more or less than the
video has frames must be refused with both numbers, and taken when that is allowed.
"""

import json
import random
import re
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import tables

try:
    import cv2
except ImportError:
    cv2 = None

warnings.filterwarnings("ignore")

EXAMPLE = None  # The program itself.
START = "2020-10-13T11:02:00+02:00"
SIZE = "64x48"
X264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"
FORMATS = {
    "mp4": X264 + " -bf 2",
    "mov": X264 + " -video_track_timescale 600",
    "mkv": X264 + " -bf 2",
    "webm": "-c:v libvpx -deadline realtime -b:v 200k",
    "flv": X264,
    "ts": X264 + " -bf 2",
    "avi": "-c:v mjpeg -q:v 4",
    "wmv": "-c:v wmv2 -b:v 500k",
    "hevc.mp4": "-c:v libx265 -preset ultrafast -x265-params log-level=none",
    "mpeg4.mp4": "-c:v mpeg4 -bf 2",
}
# A clock that rounds frames may be off by a tick; see `FrameTimes` in dlc-model.
ROUNDED_S = 0.002


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def encode(path, rate, seconds, options, filters=None):
    source = f"testsrc2=size={SIZE}:rate={rate}:duration={seconds}"
    how = ["-vf", filters, "-fps_mode", "vfr"] if filters else []
    ffmpeg("-f", "lavfi", "-i", source, *how, *options.split(), path)


def made(folder, chance):
    """Yields (path, whether its frames are even)."""
    for ending, options in FORMATS.items():
        rate = chance.choice(["24", "25", "30000/1001", "30", "60000/1001", "50"])
        path = folder / f"even.{ending}"
        encode(path, rate, 3, options)
        yield path, True
        if ending == "wmv":
            continue
        frames = int(3 * eval(rate))
        at, length = chance.randrange(2, frames - 4), chance.uniform(0.1, 2.0)
        path = folder / f"pause.{ending}"
        # AVI counts frames: its muxer fills a pause with empty ones.
        encode(path, rate, 3, options, f"setpts=PTS+if(gte(N\\,{at})\\,{length:.3f}/TB\\,0)")
        yield path, None if ending == "avi" else False
        path = folder / f"drop.{ending}"
        encode(path, rate, 3, options, f"select=not(between(n\\,{at}\\,{at + chance.randrange(3)}))")
        yield path, None if ending == "avi" else False

    path = folder / "jitter.mp4"
    jitter = f"settb=1/90000,setpts=N*3000+{chance.randrange(300, 1200)}*sin({chance.uniform(1, 9):.3f}*N)"
    options = f"{X264} -enc_time_base 1:90000 -video_track_timescale 90000"
    source = f"testsrc2=size={SIZE}:rate=30:duration=3"
    vf = ["-vf", jitter, "-fps_mode", "passthrough"]
    ffmpeg("-f", "lavfi", "-i", source, *vf, *options.split(), path)
    yield path, False
    for ending in ("mp4", "mkv"):
        offset = chance.uniform(0.5, 9)
        path = folder / f"offset.{ending}"
        encode(path, "30000/1001", 3, f"{X264} -bf 2 -output_ts_offset {offset:.3f}")
        yield path, True
        path = folder / f"edit_list.{ending}"
        ffmpeg("-ss", f"{chance.uniform(0.2, 2):.3f}", "-i", folder / "even.mp4", "-c", "copy", path)
        yield path, None
    # What was rounded to milliseconds, in a container with a finer clock.
    for source, ending in (("even.mkv", "mp4"), ("even.webm", "mkv"), ("even.flv", "mp4")):
        path = folder / f"copy_of_{source.replace('.', '_')}.{ending}"
        ffmpeg("-i", folder / source, "-c", "copy", path)
        yield path, True
    for source, ending in (("pause.mkv", "mp4"), ("pause.webm", "mkv"), ("drop.flv", "mp4")):
        path = folder / f"copy_of_{source.replace('.', '_')}.{ending}"
        ffmpeg("-i", folder / source, "-c", "copy", path)
        yield path, False
    path = folder / "fast.mkv"
    encode(path, "240", 2, X264)
    yield path, True
    path = folder / "fast_drop.mkv"
    encode(path, "240", 2, X264, "select=not(eq(n\\,100))")
    yield path, False
    path = folder / "slow.mp4"
    encode(path, "1/2", 20, X264)
    yield path, True


def ffprobe(path):
    """Returns the times of the frames that are shown in s from the first, or None where a file has none."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "json", "-show_entries"]
    command += ["packet=pts,flags:stream=time_base,nb_frames:format=format_name", path]
    found = json.loads(subprocess.check_output(command))
    base = eval(found["streams"][0]["time_base"])
    packets = [packet for packet in found["packets"] if "D" not in packet["flags"]]
    if any("pts" not in packet for packet in packets):
        return None
    ticks = sorted(packet["pts"] for packet in packets)
    if found["format"]["format_name"] == "avi":
        # Frames that a camera dropped have a place, and no packet.
        return np.arange(ticks[-1] + 1) * base
    return (np.array(ticks) - ticks[0]) * base


def opencv(path):
    video, times = cv2.VideoCapture(str(path)), []
    while video.grab():
        times.append(video.get(cv2.CAP_PROP_POS_MSEC))
    return (np.array(times) - times[0]) / 1000


def write_poses(path, frames):
    names = ["scorer", "bodyparts", "coords"]
    columns = pd.MultiIndex.from_product([["DLC_x"], ["nose"], ["x", "y", "likelihood"]], names=names)
    poses = pd.DataFrame(np.random.default_rng(0).random((frames, 3)), columns=columns)
    poses.to_hdf(path, key="df_with_missing", format="table", mode="w")


def export(program, poses, video, out, *options):
    command = [program, "export", "nwb", poses, video, "--to", out, "--start", START, *options]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def written(path):
    """Returns the times that a file holds, and whether they are a rate."""
    with tables.open_file(path) as file:
        series = file.get_node("/processing/behavior/PoseEstimation/nose")
        count = series.data.shape[0]
        if "timestamps" in series:
            return np.array(series.timestamps[:]), False
        start = series.starting_time
        return start[()] + np.arange(count) / start.attrs.rate, True


def compare(program, video, even, folder):
    times = ffprobe(video)
    if times is None:
        return []
    poses, out = folder / "poses.h5", folder / "out.nwb"
    write_poses(poses, len(times))
    out.unlink(missing_ok=True)
    done = export(program, poses, video, out)
    if done.returncode:
        return [f"{len(times)} poses: {done.stderr.strip()}"]
    ours, is_rate = written(out)
    differences = []
    if even is not None and is_rate != even:
        differences.append(f"expected {'a rate' if even else 'timestamps'}")
    most = ROUNDED_S if is_rate else 1e-6
    if len(ours) != len(times) or np.abs(ours - times).max() > most:
        differences.append(f"ffprobe: off by {np.abs(ours - times).max():.6f} s")
    if cv2 is not None:
        theirs = opencv(video)
        # It leaves out frames that are not there, and has our times of the others.
        nearest = np.abs(ours[None, :] - theirs[:, None]).min(axis=1)
        if nearest.max() > max(most, 1e-5):
            differences.append(f"OpenCV: off by {nearest.max():.6f} s")
        if not video.name.endswith(".avi") and len(theirs) != len(ours):
            differences.append(f"OpenCV: {len(theirs)} frames, ours {len(ours)}")
    return differences + refusals(program, video, len(times), folder)


def refusals(program, video, frames, folder):
    poses, out = folder / "poses.h5", folder / "out.nwb"
    differences = []
    for rows in (frames - 1, frames + 7):
        write_poses(poses, rows)
        out.unlink(missing_ok=True)
        done = export(program, poses, video, out)
        numbers = set(map(int, re.findall(r"\d+", done.stderr)))
        if done.returncode == 0 or out.exists() or not {rows, frames} <= numbers:
            differences.append(f"{rows} poses for {frames} frames: {done.stderr.strip() or 'accepted'}")
        done = export(program, poses, video, out, "--allow-unequal-counts")
        if done.returncode or len(written(out)[0]) != rows:
            differences.append(f"{rows} poses for {frames} frames, allowed: {done.stderr.strip()}")
    return differences


def cases(program, folder, seed=1):
    given = [(path, None) for path in sorted(Path(folder).glob("*")) if path.suffix in (".mp4", ".mkv", ".avi")]
    given = [(path, False if path.name == "vfr.mp4" else even) for path, even in given]
    with tempfile.TemporaryDirectory() as temporary:
        temporary = Path(temporary)
        for path, even in given:
            yield path.name, compare(program, path, even, temporary)
        for path, even in made(temporary, random.Random(seed)):
            yield path.name, compare(program, path, even, temporary)
