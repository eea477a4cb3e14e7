"""Draws tracks with gaps and writes down what the engines make of them: see conformance/kinematics.

Each line of the output is a track as JSON: its times, its `inputs` by name (rows of numbers, null
is missing), and `asks`: the function of an engine, the `step` and the `params` that are the same
in ours, the names of the inputs, and the engine's `answer`. The first line names the versions.
"""

import argparse
import importlib.metadata
import json
import math
import warnings

import numpy as np

warnings.filterwarnings("ignore")

import movement.filtering  # noqa: E402
import movement.kinematics as kinematics  # noqa: E402
import opexebo  # noqa: E402
import scipy.interpolate  # noqa: E402
import scipy.ndimage  # noqa: E402
import scipy.signal  # noqa: E402
import scipy.stats  # noqa: E402
from filterpy.kalman import KalmanFilter  # noqa: E402
from loguru import logger  # noqa: E402
from movement.io import load_poses  # noqa: E402
from movement.roi import PolygonOfInterest  # noqa: E402

logger.remove()

PACKAGES = ["movement", "scipy", "opexebo", "filterpy", "numpy", "astropy", "xarray", "shapely"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--samples", type=int, nargs=2, default=[40, 160], metavar=("MIN", "MAX"))
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with open(options.output, "w") as output:
        versions = {name: importlib.metadata.version(name) for name in PACKAGES}
        output.write(dumps({"engines": versions, "seed": options.seed}) + "\n")
        for number in range(options.tracks):
            rng = np.random.default_rng([options.seed, number])
            output.write(dumps(Track(rng, options.samples).written()) + "\n")


class Track:
    """A subject with two ears on a random way, seen with errors and gaps."""

    def __init__(self, rng, samples):
        self.rng = rng
        self.count = int(rng.integers(samples[0], samples[1] + 1))
        self.rate = float(rng.choice([25.0, 30.0, 39.72, 40.0, 50.0, 60.0]))
        self.times = np.arange(self.count) / self.rate
        self.uneven = self.times + rng.uniform(-0.3, 0.3, self.count) / self.rate
        turning = np.cumsum(rng.normal(0, 0.3, self.count)) + rng.uniform(0, 2 * np.pi)
        speed = np.abs(rng.normal(0, 6, self.count))
        steps = speed[:, None] * np.c_[np.cos(turning), np.sin(turning)]
        whole = rng.uniform(100, 500, 2) + np.cumsum(steps, axis=0) + rng.normal(0, 0.5, steps.shape)
        ears = 8 * np.c_[-np.sin(turning), np.cos(turning)]
        missing = self.gaps()
        gaps = np.where(missing[:, None], np.nan, whole)
        right = np.where(self.gaps()[:, None], np.nan, whole + 2 * ears + rng.normal(0, 0.3, ears.shape))
        height = np.where(missing, np.nan, rng.normal(30, 4, self.count))
        self.inputs = {
            "whole": whole,
            "gaps": gaps,
            "right": right,
            "space": np.c_[gaps, height],
            "likelihood": np.where(rng.random(self.count) < 0.05, np.nan, rng.beta(2, 0.4, self.count))[:, None],
            "angles": np.mod(turning, 2 * np.pi)[:, None],
            "angles_with_gaps": np.where(missing, np.nan, np.mod(turning, 2 * np.pi))[:, None],
            "times": self.times[:, None],
            "uneven": self.uneven[:, None],
        }
        self.asks = []

    def gaps(self):
        missing = np.zeros(self.count, bool)
        for _ in range(int(self.rng.integers(1, 6))):
            start = int(self.rng.integers(0, self.count))
            missing[start : start + int(self.rng.integers(1, 9))] = True
        missing[self.rng.choice(self.count, 8, replace=False)] = False
        return missing

    def ask(self, function, step, inputs, answer, params=None, times="times"):
        answer = np.asarray(answer, float).ravel()
        self.asks.append(dict(function=function, step=step, inputs=inputs, params=params, times=times, answer=answer))

    def written(self):
        self.likelihoods()
        self.interpolation()
        self.rolling()
        self.savitzky_golay()
        self.gaussian()
        self.kalman()
        self.rates()
        self.angles()
        self.opexebo()
        self.regions()
        return {"rate_hz": self.rate, "inputs": self.inputs, "asks": self.asks}

    # movement wants (time, space, keypoint, individual).
    def poses(self, *names, times=None):
        position = np.stack([self.inputs[name] for name in names], axis=2)[..., None]
        confidence = np.repeat(self.inputs["likelihood"], len(names), axis=1)[..., None]
        poses = load_poses.from_numpy(position, confidence, ["m"], list(names), fps=self.rate)
        return poses if times is None else poses.assign_coords(time=times)

    def likelihoods(self):
        poses = self.poses("whole")
        threshold = round(float(self.rng.uniform(0.3, 0.95)), 2)
        kept = movement.filtering.filter_by_confidence(poses.position, poses.confidence, threshold=threshold)
        self.ask("movement filter_by_confidence", "likelihood_mask", ["whole", "likelihood"], plain(kept),
                 {"cutoff": {"fixed": threshold}})

    def interpolation(self):
        for name in ("gaps", "space"):
            position = self.poses(name).position
            for method in ("linear", "nearest", "cubic", "pchip"):
                gap = [None, 1, 2, 3, 5][int(self.rng.integers(5))]
                filled = movement.filtering.interpolate_over_time(position, method=method, max_gap=gap)
                limit = None if gap is None else {"samples": gap}
                self.ask(f"movement interpolate_over_time {method}", "gap_filling", [name], plain(filled),
                         {"method": method, "max_gap": limit})
        x = self.inputs["gaps"]
        known = ~np.isnan(x[:, 0])
        curves = {
            "cubic": scipy.interpolate.CubicSpline,
            "pchip": scipy.interpolate.PchipInterpolator,
            "linear": lambda t, v: scipy.interpolate.interp1d(t, v, axis=0, fill_value="extrapolate"),
        }
        for method, curve in curves.items():
            filled = x.copy()
            filled[~known] = curve(self.uneven[known], x[known])(self.uneven[~known])
            inside = np.flatnonzero(known)
            interior = filled.copy()
            interior[: inside[0]] = interior[inside[-1] + 1 :] = np.nan
            name = {"cubic": "CubicSpline", "pchip": "PchipInterpolator", "linear": "interp1d"}[method]
            self.ask(f"scipy {name}, uneven times", "gap_filling", ["gaps"], interior, {"method": method}, "uneven")
            # Cubics grow without bound.
            near = np.arange(self.count)
            near = (near >= inside[0] - 2) & (near <= inside[-1] + 2)
            if near.all():
                self.ask(f"scipy {name}, extrapolated", "gap_filling", ["gaps"], filled,
                         {"method": method, "ends": "extrapolate"}, "uneven")

    def rolling(self):
        position = self.poses("gaps").position
        for statistic in ("median", "mean", "min", "max"):
            window = int(self.rng.integers(2, 12))
            least = [None, 1, 2][int(self.rng.integers(3))]
            rolled = movement.filtering.rolling_filter(position, window, statistic=statistic, min_periods=least)
            self.ask(f"movement rolling_filter {statistic}", "smoothing", ["gaps"], plain(rolled), {"rolling": {
                "statistic": statistic, "window": {"samples": window}, "edges": "mirror",
                "min_present": least or window, "fill_missing": True}})

    def savitzky_golay(self):
        window = int(self.rng.choice([5, 7, 9, 11, 15]))
        degree = int(self.rng.integers(1, 5))
        params = {"window": {"samples": window}, "degree": degree}
        for mode, edges in (("nearest", {"beyond": "nearest"}), ("mirror", {"beyond": "mirror"})):
            smooth = movement.filtering.savgol_filter(self.poses("gaps").position, window, polyorder=degree, mode=mode)
            self.ask("movement savgol_filter, gaps", "smoothing", ["gaps"], plain(smooth),
                     {"savitzky_golay": {**params, "edges": edges, "missing": "spread"}})
        smooth = movement.filtering.savgol_filter(self.poses("whole").position, window, polyorder=degree)
        self.ask("movement savgol_filter, interp", "smoothing", ["whole"], plain(smooth), {"savitzky_golay": params})
        for derivative in (1, 2):
            if derivative <= degree:
                rates = scipy.signal.savgol_filter(
                    self.inputs["whole"], window, degree, deriv=derivative, delta=1 / self.rate, axis=0)
                self.ask(f"scipy savgol_filter, derivative {derivative}", "smoothing", ["whole"], rates,
                         {"savitzky_golay": {**params, "derivative": derivative}})

    def gaussian(self):
        sigma = int(self.rng.integers(2, 25)) / 4
        for mode in ("reflect", "mirror", "nearest", "wrap"):
            smooth = scipy.ndimage.gaussian_filter1d(self.inputs["whole"], sigma, axis=0, mode=mode)
            self.ask("scipy gaussian_filter1d", "smoothing", ["whole"], smooth,
                     {"gaussian": {"sigma": {"samples": sigma}, "edges": mode}})
        gaps = self.inputs["gaps"]
        smooth = np.stack([opexebo.general.smooth(gaps[:, axis], sigma) for axis in (0, 1)], axis=1)
        self.ask("opexebo smooth, gaps", "smoothing", ["gaps"], smooth,
                 {"gaussian": {"sigma": {"samples": sigma}, "fill_missing": True}})
        sin, cos = (scipy.ndimage.gaussian_filter1d(f(self.inputs["angles"][:, 0]), sigma) for f in (np.sin, np.cos))
        self.ask("scipy gaussian_filter1d of sine and cosine", "smoothing_of_angles", ["angles"],
                 np.mod(np.arctan2(sin, cos), 2 * np.pi), {"gaussian": {"sigma": {"samples": sigma}}})

    def kalman(self):
        error, acceleration = float(self.rng.uniform(0.5, 3)), float(self.rng.uniform(200, 4000))
        params = {"position_error": error, "acceleration": acceleration, "fill_missing": True}
        gaps = self.inputs["gaps"]
        smooth = np.stack([self.rts(gaps[:, axis], error, acceleration) for axis in (0, 1)], axis=1)
        self.ask("filterpy KalmanFilter and rts_smoother", "smoothing", ["gaps"], smooth, {"kalman": params}, "uneven")

    def rts(self, x, error, acceleration):
        known = np.flatnonzero(~np.isnan(x))
        first, last = known[0], known[-1]
        rate = 1 / np.median(np.diff(self.uneven))
        kf = KalmanFilter(dim_x=2, dim_z=1)
        kf.x = np.array([[x[first]], [0.0]])
        kf.P = np.diag([error**2, (1e3 * error * rate) ** 2])
        kf.H, kf.R = np.array([[1.0, 0.0]]), np.array([[error**2]])
        steps = np.diff(self.uneven[first : last + 1])
        fs = [np.array([[1, dt], [0, 1]]) for dt in steps]
        qs = [acceleration**2 * np.array([[dt**4 / 4, dt**3 / 2], [dt**3 / 2, dt**2]]) for dt in steps]
        seen = [None if np.isnan(z) else z for z in x[first + 1 : last + 1]]
        means, covariances = [kf.x.copy()], [kf.P.copy()]
        for f, q, z in zip(fs, qs, seen):
            kf.predict(F=f, Q=q)
            kf.update(z)
            means.append(kf.x.copy())
            covariances.append(kf.P.copy())
        eye, zero = np.eye(2), np.zeros((2, 2))
        smooth, *_ = kf.rts_smoother(np.array(means), np.array(covariances), [eye, *fs], [zero, *qs])
        out = np.full(len(x), np.nan)
        out[first : last + 1] = smooth[:, 0, 0]
        return out

    def rates(self):
        for name in ("gaps", "space"):
            for times in ("times", "uneven"):
                position = self.poses(name, times=self.inputs[times][:, 0]).position
                for function in ("velocity", "speed", "acceleration"):
                    rates = getattr(kinematics, f"compute_{function}")(position)
                    self.ask(f"movement compute_{function}", function, [name], plain(rates), "central", times)
            position = self.poses(name).position
            for policy, gaps in (("ffill", "straight"), ("scale", "scale")):
                length = kinematics.compute_path_length(position, nan_policy=policy)
                self.ask(f"movement compute_path_length {policy}", "path_length", [name], plain(length), gaps)
        forward = kinematics.compute_forward_displacement(self.poses("gaps").position)
        self.ask("movement compute_forward_displacement", "displacement", ["gaps"], plain(forward))
        angles = np.gradient(np.unwrap(self.inputs["angles"][:, 0]), self.uneven)
        self.ask("numpy gradient of unwrap", "angular_velocity", ["angles"], angles, "central", "uneven")

    def angles(self):
        position = self.poses("gaps", "right").position
        angle = kinematics.compute_forward_vector_angle(position, "gaps", "right")
        self.ask("movement compute_forward_vector_angle", "head_angle", ["gaps", "right"],
                 np.mod(-plain(angle), 2 * np.pi))
        distance = kinematics.compute_pairwise_distances(position, "keypoint", {"gaps": "right"})
        self.ask("movement compute_pairwise_distances", "distance", ["gaps", "right"], plain(distance))
        turning = self.inputs["angles_with_gaps"][:, 0]
        mean = scipy.stats.circmean(turning, nan_policy="omit")
        spread = 1 - scipy.stats.circvar(turning, nan_policy="omit")
        self.ask("scipy circmean", "circular_mean", ["angles_with_gaps"], [mean])
        self.ask("scipy circvar", "resultant_length", ["angles_with_gaps"], [spread])
        self.ask("numpy unwrap", "unwrap", ["angles"], np.unwrap(self.inputs["angles"][:, 0]))

    def opexebo(self):
        x, y = self.inputs["gaps"].T
        for times in ("times", "uneven"):
            t = self.inputs[times][:, 0]
            speed = opexebo.analysis.calc_speed(t, x, y)
            self.ask("opexebo calc_speed", "speed", ["gaps"], speed, "backward", times)
            window = int(self.rng.choice([3, 5, 7]))
            speed = opexebo.analysis.calc_speed(t, x, y, moving_average=window)
            self.ask("opexebo calc_speed, moving average", "smooth_speed", ["gaps"], speed, {"rolling": {
                "statistic": "mean", "window": {"samples": window}, "edges": "nearest", "fill_missing": True}}, times)
        speed = opexebo.analysis.calc_speed(self.times, x, y)
        cutoff = float(self.rng.uniform(20, 300))
        walks = ~np.ma.getmaskarray(opexebo.general.walk_filter(speed, cutoff, fmt="mask"))
        self.ask("opexebo walk_filter", "walking", ["gaps"], walks, {"min_speed_per_s": cutoff})
        width = float(self.rng.choice([5, 10, 15, 20, 30]))
        seconds, *_ = opexebo.analysis.angular_occupancy(
            self.times, self.inputs["angles_with_gaps"][:, 0], bin_width=width)
        self.ask("opexebo angular_occupancy", "angular_occupancy", ["angles_with_gaps"], np.ma.filled(seconds, 0),
                 round(360 / width))
        # Whole numbers: opexebo has a column more where the width is rounded up.
        square = float(self.rng.choice([10.0, 25.0, 40.0]))
        low = np.floor(self.rng.uniform(0, 150, 2))
        high = low + square * self.rng.integers(8, 40, 2)
        seconds, coverage, _ = opexebo.analysis.spatial_occupancy(
            self.times, self.inputs["whole"].T, tuple(high - low), bin_width=square,
            limits=(low[0], high[0], low[1], high[1]))
        area = {"from": low.tolist(), "to": high.tolist()}
        self.ask("opexebo spatial_occupancy", "occupancy", ["whole"], np.r_[np.ma.filled(seconds, 0).ravel(), coverage],
                 {"area": area, "square": square})

    def regions(self):
        corners = int(self.rng.integers(3, 9))
        around = np.sort(self.rng.uniform(0, 2 * np.pi, corners))
        far = self.rng.uniform(20, 200, corners)
        polygon = np.nanmean(self.inputs["gaps"], axis=0) + far[:, None] * np.c_[np.cos(around), np.sin(around)]
        inside = PolygonOfInterest(polygon).contains_point(self.poses("gaps").position)
        self.ask("movement PolygonOfInterest.contains_point", "region", ["gaps"], plain(inside),
                 {"polygon": polygon.tolist()})


def plain(array):
    """The values as (time, space, ...) without keypoints and individuals."""
    array = array.squeeze(drop=True)
    if "time" in array.dims:
        array = array.transpose("time", ...)
    return array.values


def dumps(value):
    return json.dumps(jsonable(value), separators=(",", ":"), allow_nan=False)


def jsonable(value):
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, float):
        assert not math.isinf(value)
        return None if math.isnan(value) else value
    return value


if __name__ == "__main__":
    main()
