#!/usr/bin/env python3
"""Render a synthetic mouse in an open field, seen from above, with exact labels.

    render_openfield.py labels FOLDER     labelled frames: img*.png and labels.csv
    render_openfield.py clip FILE.avi     the clip (needs ffmpeg) and FILE.csv, its labels

Everything is drawn here from seeded random numbers; no recording is used. The
labelled frames come from SESSIONS short sessions, each with an animal, an arena,
a light and a path of its own; the clip is one more session with another seed.

Coordinates are OpenCV's: (0, 0) is the centre of the top left pixel. "Left" is
the animal's left. A light arena stands in a dark room; the mouse is a bent spine
with a radius for each point along it, and its tail is dragged behind it.
"""
import csv
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT, FPS = 320, 240, 30
BODYPARTS = ("snout", "leftear", "rightear", "tailbase")
LABEL_SEED, CLIP_SEED = 20101, 777
SESSIONS, FRAMES_PER_SESSION, FRAME_STEP = 40, 10, 15
CLIP_FRAMES = 100
JPEG_Q = 2  # ffmpeg's -q:v for the clip

SUPER = 3  # the mouse is drawn this many times larger, then averaged down
SPINE_AT = np.linspace(0, 1, 60)  # 0: tail base, 1: snout
RADIUS = np.interp(
    SPINE_AT,
    [0, 0.06, 0.16, 0.30, 0.48, 0.62, 0.70, 0.79, 0.90, 0.97, 1],
    [0.035, 0.105, 0.175, 0.205, 0.180, 0.135, 0.112, 0.112, 0.072, 0.038, 0.022],
)  # in body lengths
EAR_AT, EAR_ASIDE = 0.755, 0.135
TAIL_POINTS = 26


@dataclass
class Session:
    """What stays the same through one session."""

    length: float  # snout to tail base, straight, in pixels
    fur: np.ndarray  # BGR, 0 to 255
    skin: np.ndarray
    arena: tuple  # left, top, right, bottom of the floor
    background: np.ndarray  # lit by an even light, BGR
    light: np.ndarray  # the light's gradient
    light_dir: np.ndarray
    flicker: tuple  # strength, frames a period, phase
    noise: float
    blur: float


def smooth_noise(rng, cell):
    """Noise of about unit size whose features are `cell` pixels across."""
    small = rng.normal(size=(HEIGHT // cell + 2, WIDTH // cell + 2)).astype(np.float32)
    return cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def make_session(rng):
    cx, cy = WIDTH / 2 + rng.uniform(-8, 8), HEIGHT / 2 + rng.uniform(-3, 3)
    half = rng.uniform(97, 102)
    arena = (cx - half, cy - half, cx + half, cy + half)
    wall = 14.0

    yy, xx = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    tint = rng.uniform(-6, 6, 3)
    room = rng.uniform(25, 55) + 4 * smooth_noise(rng, 40)
    image = np.repeat(room[..., None], 3, 2) + tint
    # The four walls, each with a brightness of its own, meet along the diagonals.
    dx, dy = (xx - cx) / half, (yy - cy) / half
    side = np.where(np.abs(dx) > np.abs(dy), np.where(dx > 0, 0, 1), np.where(dy > 0, 2, 3))
    reach = np.maximum(np.abs(xx - cx), np.abs(yy - cy))
    shade = rng.uniform(95, 150, 4)[side] * (1 - 0.35 * np.clip((reach - half) / wall, 0, 1))
    cover = np.clip(half + wall - reach + 0.5, 0, 1)[..., None]
    image = image * (1 - cover) + (shade[..., None] + tint) * cover
    # The floor: patches, a little grain, darker where it meets a wall.
    floor = rng.uniform(172, 205) + 4 * smooth_noise(rng, 32) + 2 * smooth_noise(rng, 6)
    floor = floor - 26 * np.exp(-(half - reach) / 3.5)
    cover = np.clip(half - reach + 0.5, 0, 1)[..., None]
    image = image * (1 - cover) + (floor[..., None] + tint) * cover

    turn = rng.uniform(0, 2 * np.pi)
    light_dir = np.array([np.cos(turn), np.sin(turn)])
    slope = rng.uniform(0.04, 0.20)
    along = (xx - WIDTH / 2) / WIDTH * light_dir[0] + (yy - HEIGHT / 2) / HEIGHT * light_dir[1]
    far = np.hypot((xx - WIDTH / 2) / WIDTH, (yy - HEIGHT / 2) / HEIGHT)
    light = rng.uniform(0.86, 1.08) * (1 + slope * along * 2) * (1 - rng.uniform(0, 0.35) * far**2)

    grey = rng.uniform(30, 62)
    return Session(
        length=rng.uniform(55, 69),
        fur=grey * np.array([rng.uniform(0.86, 0.96), 0.97, rng.uniform(1.0, 1.12)]),
        skin=np.array([118, 122, 156]) * rng.uniform(0.8, 1.1),
        arena=arena,
        background=image.astype(np.float32),
        light=light.astype(np.float32),
        light_dir=light_dir,
        flicker=(rng.uniform(0.01, 0.05), rng.uniform(50, 110), rng.uniform(0, 2 * np.pi)),
        noise=rng.uniform(1.5, 3.5),
        blur=rng.uniform(0.45, 0.85),
    )


def walk(rng, session, frames):
    """Yield (centre, heading, bend, yaw, time) for each frame of a wandering path."""
    left, top, right, bottom = session.arena
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    inner = (right - left) / 2 - 0.62 * session.length
    pos = middle + rng.uniform(-0.8, 0.8, 2) * inner
    heading = rng.uniform(-np.pi, np.pi)
    speed = target = 1.5
    rate = bend = yaw = yaw_target = 0.0
    for t in range(frames):
        if rng.random() < 1 / 30:  # now and then it stops, strolls or hurries
            target = rng.choice([0.1, 1.2, 2.2, 3.4])
        if rng.random() < 1 / 18:  # and looks elsewhere
            yaw_target = rng.uniform(-0.75, 0.75)
        speed += 0.12 * (target - speed)
        want = 0.0
        ahead = pos + 0.55 * session.length * np.array([np.cos(heading), np.sin(heading)])
        over = np.max(np.abs(ahead - middle) - inner)
        if over > 0:  # turn towards the middle before the wall
            to = np.arctan2(*(middle - pos)[::-1])
            off = (to - heading + np.pi) % (2 * np.pi) - np.pi
            want = np.sign(off) * min(abs(off), 1.0) * min(0.16, 0.02 * over)
        rate += 0.25 * (want - rate) + rng.normal(0, 0.010)
        heading += rate * (0.35 + min(speed, 2.0) / 2.0)
        yaw += 0.14 * (yaw_target + 2.5 * rate - yaw) + rng.normal(0, 0.008)
        bend += 0.15 * (6.0 * rate - bend)
        pos = pos + speed * np.array([np.cos(heading), np.sin(heading)])
        pos = middle + np.clip(pos - middle, -inner, inner)
        yield pos.copy(), heading, np.clip(bend, -0.8, 0.8), np.clip(yaw, -0.95, 0.95), t


def spine(centre, heading, bend, yaw, length):
    """Points and directions along the spine; the point at 0.4 lies on `centre`."""
    head = np.clip((SPINE_AT - 0.60) / 0.18, 0, 1)
    angle = heading + bend * (SPINE_AT - 0.4) + yaw * head * head * (3 - 2 * head)
    step = np.stack([np.cos(angle), np.sin(angle)], 1)
    points = np.cumsum(step, 0) * length / len(SPINE_AT)
    return points - points[np.searchsorted(SPINE_AT, 0.4)] + centre, step


def drag_tail(tail, root, direction, length, sway):
    """Move the tail's points so that each keeps its distance from the one before."""
    gap = 0.72 * length / TAIL_POINTS
    if tail is None:
        tail = root - np.outer(np.arange(TAIL_POINTS) * gap, direction)
    tail = tail.copy()
    tail[0] = root
    tail[1] = root - gap * direction
    aside = np.array([-direction[1], direction[0]])
    for i in range(2, TAIL_POINTS):
        d = tail[i] - tail[i - 1] + 0.012 * sway * aside
        tail[i] = tail[i - 1] + d * gap / max(np.hypot(*d), 1e-6)
    return tail


def big(points):
    """Coordinates in the enlarged drawing, in the 1/16 pixels that cv2 draws with."""
    return np.round(((np.asarray(points) + 0.5) * SUPER - 0.5) * 16).astype(np.int32)


def draw(session, points, directions, tail, t, rng):
    """One frame, BGR, and the labels in the order of BODYPARTS."""
    length = session.length
    i = int(EAR_AT * (len(SPINE_AT) - 1))
    ahead = directions[i]
    to_left = np.array([ahead[1], -ahead[0]])  # y points down
    ears = [points[i] + s * EAR_ASIDE * length * to_left for s in (1, -1)]
    labels = np.array([points[-1], ears[0], ears[1], points[0]])

    shape = (HEIGHT * SUPER, WIDTH * SUPER)
    body, skin, ear = (np.zeros(shape, np.uint8) for _ in range(3))
    for a, b, w in zip(tail[:-1], tail[1:], np.linspace(2.6, 0.9, TAIL_POINTS - 1)):
        width = max(1, round(w * length / 60 * SUPER))
        cv2.line(skin, tuple(big(a).tolist()), tuple(big(b).tolist()), 255, width, cv2.LINE_AA, 4)
    for p, r in zip(points, RADIUS * length * SUPER * 16):
        cv2.circle(body, tuple(big(p).tolist()), round(r), 255, -1, cv2.LINE_8, 4)
    degrees = np.degrees(np.arctan2(ahead[1], ahead[0]))
    for e in ears:
        axes = (round(0.062 * length * SUPER * 16), round(0.078 * length * SUPER * 16))
        cv2.ellipse(ear, tuple(big(e).tolist()), axes, degrees, 0, 360, 255, -1, cv2.LINE_8, 4)
    nose = np.zeros(shape, np.uint8)
    cv2.circle(nose, tuple(big(points[-1]).tolist()), round(0.028 * length * SUPER * 16), 255, -1, 8, 4)

    def alpha(mask):
        small = cv2.resize(mask, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        return small.astype(np.float32)[..., None] / 255

    body, skin, ear, nose = alpha(body), alpha(skin), alpha(ear), alpha(nose)
    image = session.background.copy()
    # A soft shadow falls away from the light.
    dx, dy = -4.0 * session.light_dir
    shifted = cv2.warpAffine(np.maximum(body, ear)[..., 0], np.float32([[1, 0, dx], [0, 1, dy]]), (WIDTH, HEIGHT))
    image *= 1 - 0.42 * cv2.GaussianBlur(shifted, (0, 0), 3.0)[..., None]
    image = image * (1 - skin) + session.skin * skin
    # Fur: brighter along the back, and on the side of the light.
    round_ = cv2.GaussianBlur(body[..., 0], (0, 0), 0.07 * length)
    gx, gy = cv2.Sobel(round_, cv2.CV_32F, 1, 0), cv2.Sobel(round_, cv2.CV_32F, 0, 1)
    lit = 0.62 + 0.5 * round_**2 - 1.1 * (gx * session.light_dir[0] + gy * session.light_dir[1])
    image = image * (1 - body) + session.fur * np.clip(lit, 0.3, 1.8)[..., None] * body
    rim = 0.55 + 0.45 * cv2.GaussianBlur(ear[..., 0], (0, 0), 1.2)[..., None]
    image = image * (1 - ear) + (0.45 * session.fur + 0.5 * session.skin) * rim * ear
    image = image * (1 - 0.8 * nose) + session.skin * 0.8 * nose

    strength, period, phase = session.flicker
    image *= session.light[..., None] * (1 + strength * np.sin(2 * np.pi * t / period + phase))
    image = cv2.GaussianBlur(image, (0, 0), session.blur)
    grain = rng.normal(0, 1, (HEIGHT, WIDTH, 1)) + 0.4 * rng.normal(0, 1, image.shape)
    image += session.noise * grain * np.sqrt(np.clip(image, 8, 255) / 128)
    return np.clip(np.round(image), 0, 255).astype(np.uint8), labels


def frames(seed, count, step=1):
    """Yield (frame, labels) for every `step`-th frame of one session."""
    rng = np.random.default_rng(seed)
    session = make_session(rng)
    tail = None
    warm_up = 40  # until the tail lies naturally
    for centre, heading, bend, yaw, t in walk(rng, session, warm_up + count * step):
        points, directions = spine(centre, heading, bend, yaw, session.length)
        sway = np.sin(t / 9.0)
        tail = drag_tail(tail, points[0], directions[0], session.length, sway)
        if t >= warm_up and (t - warm_up) % step == 0:
            yield draw(session, points, directions, tail, t, rng)


def jpeg(image, quality):
    """The frame as a 4:4:4 JPEG would give it back."""
    how = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return cv2.imdecode(cv2.imencode(".jpg", image, how)[1], cv2.IMREAD_COLOR)


def write_labels(path, rows):
    with open(path, "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["frame"] + [f"{b}_{c}" for b in BODYPARTS for c in "xy"])
        out.writerows([[name] + [f"{v:.3f}" for v in labels.ravel()] for name, labels in rows])


def labels_main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(LABEL_SEED)
    rows = []
    for s in range(SESSIONS):
        for image, labels in frames([LABEL_SEED, s], FRAMES_PER_SESSION, FRAME_STEP):
            name = f"img{len(rows):04d}.png"
            cv2.imwrite(str(folder / name), jpeg(image, int(rng.integers(75, 96))))
            rows.append((name, labels))
    write_labels(folder / "labels.csv", rows)
    print(len(rows), "labelled frames")


def clip_main(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["ffmpeg", "-y", "-v", "error", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}"]
    command += ["-r", str(FPS), "-i", "-", "-c:v", "mjpeg", "-pix_fmt", "yuvj444p", "-q:v", str(JPEG_Q)]
    command += ["-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", str(path)]
    pipe = subprocess.Popen(command, stdin=subprocess.PIPE)
    rows = []
    for i, (image, labels) in enumerate(frames(CLIP_SEED, CLIP_FRAMES)):
        pipe.stdin.write(image.tobytes())
        rows.append((i, labels))
    pipe.stdin.close()
    if pipe.wait():
        sys.exit("ffmpeg failed")
    write_labels(path.with_suffix(".csv"), rows)
    print(len(rows), "frames,", path.stat().st_size, "bytes")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("labels", "clip"):
        sys.exit(__doc__)
    {"labels": labels_main, "clip": clip_main}[sys.argv[1]](Path(sys.argv[2]))
