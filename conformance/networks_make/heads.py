"""Fits a head of one transposed convolution, so that its maps have one clear peak a body part.

A random head has nearly equal peaks all over its map, and a difference of 1e-6 moves the arg-max
across the picture. Nothing is trained here: the weights of a linear layer are the solution of a
least-squares problem, with DeepLabCut's own kind of targets.
"""

import numpy as np
import scipy.linalg

from catalogue import LOCREF_STD

TAPS = {0: (0, 2), 1: (1,)}  # of a kernel of 3 at stride 2: which touch even, which odd outputs
REACH = 17.0  # px around a point within which its refinement is wanted
HARD = 16  # of the highest wrong cells a map that the next round learns from
ODD = 0.6  # how high a peak is in odd rows, and in odd columns


RIDGES = (0.5, 0.05, 0.005)
SURE = 0.02  # of the height of a peak


def fit(features, points, size, stride, low, high):
    """Returns the smallest weights whose peaks are sure, or else the surest; see [`fit_once`]."""
    surest, found = -np.inf, None
    for ridge in RIDGES:
        weights, biases, maps = fit_once(features, points, size, stride, low, high, ridge)
        margin = min(margins(m)[0] for m in maps)
        if margin > surest:
            surest, found = margin, (weights, biases, maps)
        if margin > SURE * (high - low):
            break
    return found


def fit_once(features, points, size, stride, low, high, ridge, rounds=2, near=10.0, seed=0):
    """Returns weights [3, 3, C, 3J], biases [3J] and the maps [h, w, J] that they make of each frame.

    Of the channels 3J the first J are heatmaps, then come dx and dy of each.

    `features` are [h, w, C] a frame, `points` [J, 2] in px of the network's input, `size` returns the
    rows or columns of a map for those of the features. A heatmap goes from `low` to `high`.
    """
    random = np.random.default_rng(seed)
    frames = [Frame(*pair, size, stride, low, high) for pair in zip(features, points)]
    channels, bodyparts = features[0].shape[2], len(points[0])
    weights = np.zeros((3, 3, channels, 3 * bodyparts), np.float32)
    biases = np.concatenate([np.full(bodyparts, low), np.linspace(-0.05, 0.05, 2 * bodyparts)]).astype(np.float32)
    for round_ in range(rounds):
        for frame in frames:
            frame.choose(random, weights, biases)
        for phase in ((y, x) for y in TAPS for x in TAPS):
            rows = [frame.rows(phase) for frame in frames]
            inputs = np.concatenate([r for r, _ in rows])
            targets = np.concatenate([t for _, t in rows]) - biases
            weight = np.concatenate([1 + near * f.bell[f.chosen_of(phase)].max(axis=1, keepdims=True) for f in frames])
            solution = solve(inputs * weight, targets * weight, ridge).reshape(-1, channels, 3 * bodyparts)
            for tap, block in zip(((y, x) for y in TAPS[phase[0]] for x in TAPS[phase[1]]), solution):
                weights[tap] = block
    return weights, biases, [frame.maps(weights, biases)[..., :bodyparts] for frame in frames]


def solve(inputs, targets, ridge):
    """Returns the weights of the least squares; a large `ridge` keeps them small, and rounding too."""
    rows, columns = inputs.shape
    ridge = ridge * float(np.einsum("ij,ij->", inputs, inputs, dtype=np.float64)) / min(rows, columns)
    gram = inputs @ inputs.T if rows < columns else inputs.T @ inputs
    gram[np.diag_indices(len(gram))] += ridge
    if rows < columns:
        return inputs.T @ scipy.linalg.solve(gram, targets, assume_a="pos")
    return scipy.linalg.solve(gram, inputs.T @ targets, assume_a="pos")


class Frame:
    def __init__(self, features, points, size, stride, low, high):
        height, width, _ = features.shape
        self.shape = size(height), size(width)
        # One row and column of zeros on each side stand for what no tap reaches.
        self.features = np.pad(np.asarray(features, np.float32), ((1, 1), (1, 1), (0, 0)))
        y, x = (np.arange(n) * stride + stride / 2 for n in self.shape)
        points = np.asarray(points)
        # The peak is in the middle of a cell: nothing is a tie of two. It is one of those in an even row
        # and column, which four taps make; those that fewer taps make only have to stay below.
        centers = np.round((points / stride - 0.5) / 2) * 2 * stride + stride / 2
        sigma = max(0.9 * stride, 5.0)
        squared = lambda c: (y[:, None, None] - c[:, 1]) ** 2 + (x[None, :, None] - c[:, 0]) ** 2
        self.bell = np.exp(-squared(centers) / (2 * sigma**2))
        near = squared(points) <= max(REACH, 1.5 * stride) ** 2
        dx, dy = points[:, 0] - x[None, :, None] + 0 * y[:, None, None], points[:, 1] - y[:, None, None] + 0 * x[None, :, None]
        refinement = np.stack([dx * near, dy * near], axis=-1) / LOCREF_STD
        height = np.ones(self.shape)
        height[1::2] *= ODD
        height[:, 1::2] *= ODD
        heat = low + (high - low) * self.bell * height[..., None]
        self.targets = np.concatenate([heat, refinement.reshape(*self.shape, -1)], axis=-1).astype(np.float32)
        self.chosen = np.zeros(self.shape, bool)

    def choose(self, random, weights, biases):
        """Adds to the cells that are learnt from."""
        bodyparts = self.bell.shape[2]
        if not self.chosen.any():
            self.chosen = (self.bell > 0.05).any(axis=2) | (random.random(self.shape) < 200 / self.bell[..., 0].size)
            return
        maps = self.maps(weights, biases)[..., :bodyparts]
        wrong = np.where(self.bell > 0.05, -np.inf, maps)
        for j in range(bodyparts):
            flat = wrong[..., j].ravel()
            self.chosen.ravel()[np.argpartition(-flat, HARD)[:HARD]] = True

    def chosen_of(self, phase, mask=None):
        """Returns rows and columns of the cells of one phase that are learnt from, or in the mask."""
        mask = self.chosen if mask is None else mask
        y, x = np.nonzero(mask[phase[0] :: 2, phase[1] :: 2])
        return 2 * y + phase[0], 2 * x + phase[1]

    def rows(self, phase, mask=None):
        y, x = self.chosen_of(phase, mask)
        inputs = [self.features[(y - a) // 2 + 1, (x - b) // 2 + 1] for a in TAPS[phase[0]] for b in TAPS[phase[1]]]
        return np.concatenate(inputs, axis=1), self.targets[y, x]

    def maps(self, weights, biases):
        """Returns what the head makes of this frame."""
        everywhere = np.ones(self.shape, bool)
        maps = np.empty((*self.shape, len(biases)), np.float32)
        for phase in ((y, x) for y in TAPS for x in TAPS):
            inputs, _ = self.rows(phase, everywhere)
            taps = np.concatenate([weights[a, b] for a in TAPS[phase[0]] for b in TAPS[phase[1]]])
            part = maps[phase[0] :: 2, phase[1] :: 2]
            part[:] = (inputs @ taps + biases).reshape(part.shape)
        return maps


def unlike_points(features, stride, count, apart=40.0):
    """Returns points [count, 2] whose features are most unlike all others, in every one of these frames.

    A few channels hold too little to find a mouse; but what is found has only to be found surely.
    """
    channels = features[0].shape[2]
    flat = np.concatenate([f.reshape(-1, channels) for f in features]).astype(np.float64)
    mean, inverse = flat.mean(axis=0), np.linalg.inv(np.cov(flat.T) + 1e-6 * np.eye(channels))
    centered = np.stack(features).astype(np.float64) - mean
    unlike = np.einsum("nhwc,cd,nhwd->nhw", centered, inverse, centered).min(axis=0)
    # A cell of the features is two of the map, the first of them in an even row and column.
    y, x = ((2 * np.arange(n) + 0.5) * stride for n in unlike.shape)
    points = []
    for _ in range(count):
        row, column = np.unravel_index(unlike.argmax(), unlike.shape)
        points.append([x[column], y[row]])
        unlike[np.hypot(y[:, None] - y[row], x[None] - x[column]) < apart] = -np.inf
    return points


def smallest_margins(clips, maps):
    """Returns the smallest margins of each clip; `clips` is the number of frames of each, in order."""
    found, each = {}, iter(maps)
    for clip, count in clips.items():
        found[f"{clip}, batch 1"] = [float(min(m)) for m in zip(*(margins(next(each)) for _ in range(count)))]
    return found


def margins(maps):
    """Returns by how much the peaks of [h, w, J] exceed the next cell, and the next peak elsewhere.

    Elsewhere is three cells away or more. A difference between two programs that is smaller than
    the first number moves no arg-max.
    """
    next_cell, next_peak = [], []
    for map_ in np.moveaxis(np.asarray(maps, np.float64), 2, 0):
        y, x = np.unravel_index(map_.argmax(), map_.shape)
        peak, rest = map_[y, x], map_.copy()
        rest[y, x] = -np.inf
        next_cell.append(peak - rest.max())
        rest[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3] = -np.inf
        next_peak.append(peak - rest.max())
    return min(next_cell), min(next_peak)
