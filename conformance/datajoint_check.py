"""Works on one schema together with our program. Called by conformance/datajoint, which tells how."""

import datetime
import json
import os
import re
import struct
import subprocess
import sys
import time
import urllib.parse
import uuid

import datajoint as dj
import numpy as np
from datajoint.blob import pack
from datajoint.hash import key_hash

import datajoint_tables

PEER = sys.argv[1]
URL = os.environ["DLC_MYSQL_URL"]
compared = {}


def count(what, number=1):
    compared[what] = compared.get(what, 0) + number


def connect():
    url = urllib.parse.urlsplit(URL)
    dj.config["database.host"] = url.hostname
    dj.config["database.port"] = url.port
    dj.config["database.user"] = url.username
    dj.config["database.password"] = url.password
    dj.config["database.use_tls"] = False
    dj.config["enable_python_native_blobs"] = True
    dj.config["safemode"] = False
    dj.config["loglevel"] = "WARNING"
    dj.logger.setLevel("ERROR")
    # Our program keeps `timestamp` in UTC; Python shows it in the zone of its session.
    dj.conn(init_fun="SET time_zone = '+00:00'")


def peer(command, schema, rows=None):
    stdin = None if rows is None else json.dumps(rows)
    done = subprocess.run([PEER, command, URL + schema], input=stdin, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command} {schema}: {done.stderr}")
    return json.loads(done.stdout) if done.stdout else None


def arrays(rng, length):
    """The arrays of a body part, with gaps as a tracker leaves them."""
    x, y = np.cumsum(rng.normal(size=(2, length)), axis=1) + 300
    likelihood = rng.random(length)
    x[likelihood < 0.1] = y[likelihood < 0.1] = np.nan
    return x, y, likelihood


def rows_of_a_pipeline(seed, length):
    """Rows for every table, as Python's values."""
    rng = np.random.default_rng(seed)
    tag = f"{seed:03d}"
    recording = {"session_name": f"session{tag}", "recording_order": seed, "recording_name": f"recording{tag}"}
    data = {**recording, "dataset_name": f"dlc{tag}"}
    model, method = f"model{tag}", f"method{tag}"
    config = {
        "Task": "mouse_openfield", "date": "Jun30", "iteration": 0, "bodyparts": ["left_ear", "right_ear", "Mäuse 🐁"],
        "TrainingFraction": [0.95], "snapshotindex": -1, "cropping": False, "resnet": None, "pcutoff": 0.6,
        "video_sets": {f"/videos/{n}.mp4": {"crop": "0, 640, 0, 480"} for n in range(seed * 10 % 70)},
        "tuple": (1, 2.5, "x"), "nested": [[1], [2, [3]]], "big": 2**80, "np": np.float64(0.1), "set": {1},
    }
    start = datetime.datetime(2022, 6, 7, 14, 53, 11)
    stop = start + datetime.timedelta(minutes=31)
    time = np.arange(length) / 39.71895501158254
    x, y, likelihood = arrays(rng, length)
    speed, angle = rng.random(length).astype(np.float32), rng.random(length) * 6.28
    params = chr(ord("A") + seed)
    box = {"boundary_left": 8.19, "boundary_right": 951.62, "boundary_bottom": 15.32, "boundary_top": 964.12}
    parts = [f"left_ear{tag}", f"right_ear{tag}"]
    part = [dict(zip(("bodypart_x_pos", "bodypart_y_pos", "bodypart_likelihood"), arrays(rng, length))) for _ in parts]
    return {
        "#repository": [{"repository_name": f"repo{tag}", "repository_type": "NTNUNetwork", "path": "N:/x"}],
        "#file_type": [{"filetype": f"h5{tag}", "description": "poses, 'quoted' \\ and %s"}],
        "#dataset_type": [{"datasettype": f"DLC{tag}", "description": ""}],
        "dataset": [{"dataset_name": data["dataset_name"], "datasettype": f"DLC{tag}"}],
        "physical_file": [{"dataset_name": data["dataset_name"], "filetype": f"h5{tag}", "file_order": n,
                           "repository_name": f"repo{tag}", "file_path": f"a/{n}.h5"} for n in range(2)],
        "#experiment_type": [{"experiment_type": f"2D{tag}"}],
        "session": [{"session_name": recording["session_name"]}],
        "recording": [{**recording, "experiment_type": f"2D{tag}"}],
        "recording__data": [data],
        "#apparatus": [{"apparatus": f"box{tag}", "apparatus_note": "é à Ω"[: 3 if seed else 2]}],
        "#apparatus__geometry": [{"apparatus": f"box{tag}", "arena_geometry": "square", "arena_x_dim": 800.0,
                                  "arena_y_dim": 0.5, "arena_radius": None, "arena_wall_height": 123.25}],
        "recording__apparatus": [{**recording, "apparatus": f"box{tag}"}],
        "#d_l_c_tracking_type": [{"dlc_tracking_type": f"openfield{tag}"}],
        "#tracked_body_part": [{"body_part": name} for name in parts],
        "d_l_c_model": [{"dlc_model": model, "dlc_task": "mouse_openfield", "dlc_date": "Jun30", "dlc_iteration": 0,
                         "dlc_snapshotindex": -1, "dlc_shuffle": 1, "dlc_trainingsetindex": 0,
                         "dlc_scorer": "DLC_resnet50_mouse_openfieldJun30shuffle1_1030000",
                         "dlc_cfg_template": config, "dlc_model_description": "a mouse from above"}],
        "d_l_c_model__model_path": [{"dlc_model": model, "dlc_project_path": "p/mouse", "repository_name": f"repo{tag}"}],
        "#d_l_c_tracking_processing_method": [{
            "dlc_tracking_processing_method": method, "method_description": "", "function_to_invoke": "two_point",
            "dlc_tracking_processing_params": {"left": "left_ear", "right": "right_ear", "pcutoff": 0.6},
            "applicable_tracking_type": f"openfield{tag}", "param_hash": uuid.UUID(int=seed << 64 | 7)}],
        "d_l_c_processing_method": [{"dlc_model": model, "dlc_tracking_processing_method": method, "method_desc": ""}],
        "recording_d_l_c": [{**recording, "dlc_model": model, "dlc_tracking_processing_method": method}],
        "__d_l_c_prediction": [{**data, "dlc_model": model}],
        "_tracking_raw": [{**data, "start_time": start, "stop_time": stop, "timestamps": time,
                           "timestamps_sys": None, "sample_rate": 39.71895501158254, "sync": 1, "is_calibrated": 0,
                           "entry_time_tracking_raw": datetime.datetime(2022, 3, 27, 2, 30, seed)}],
        "_tracking_raw__d_l_c_part": [{**data, "body_part": name, "dlc_model": model, "dlc_training_iteration": 1030000,
                                       **values} for name, values in zip(parts, part)],
        "_tracking_raw__open_field": [{**data, "x_pos": x, "y_pos": y, **box, "speed": speed, "head_angle": angle,
                                       "x_offset": 144.69, "y_offset": -154.4}],
        "#tracking_params": [{"trackingparams_id": params, "sigma_tracking": 1.5, "sigma_speed": 0.0, "sigma_angle": 2.0,
                              "rotate": -1, "tracking_params_hash": ""}],
        "__tracking": [{**data, "trackingparams_id": params, "sample_rate": 40.0,
                        "entry_time_tracking": datetime.datetime(2037, 1, 1)}],
        "__tracking__open_field": [{**data, "trackingparams_id": params, "calibration": 2.948939, "x_pos": x * 0.85,
                                    "y_pos": y.reshape(1, -1), **box, "speed": speed, "head_angle": angle,
                                    "timestamps": time}],
        "__tracking__d_l_c_part": [{**data, "trackingparams_id": params, "body_part": name, **values}
                                   for name, values in zip(parts, part)],
    }


BLOBS = re.compile(r"timestamps|_pos$|likelihood$|speed$|head_angle|template$|_params$|^key$|error_stack")


def cell(name, value):
    """A value as our program writes it."""
    if value is None:
        return None
    if BLOBS.search(name) and not (name == "sigma_speed"):
        return {"blob": pack(value, compress=False).hex()}
    if isinstance(value, datetime.datetime):
        return {"time": str(value)}
    if isinstance(value, uuid.UUID):
        return {"uuid": value.hex}
    if isinstance(value, (float, np.floating)):
        return {"float": struct.pack(">d", value).hex()}
    if isinstance(value, (int, np.integer)):
        return {"int": int(value)}
    return {"text": value}


def cells(rows):
    return {table: [{name: cell(name, value) for name, value in row.items()} for row in rows_] for table, rows_ in rows.items()}


def same(table, found, expected, what):
    """Compares rows that are cells, whatever their order."""
    key = lambda row: json.dumps(row, sort_keys=True)  # noqa: E731
    found, expected = sorted(found, key=key), sorted(expected, key=key)
    if found != expected:
        sys.exit(f"{what}: {table} differs:\n{str(found)[:2000]}\n{str(expected)[:2000]}")
    count(f"{what}: rows", len(found))
    count(f"{what}: cells", sum(len(row) for row in found))
    count(f"{what}: blobs, byte for byte", sum(bool(c) and "blob" in c for row in found for c in row.values()))


def declarations(schema):
    """What the server says of each table, without the schema's name and the next number."""
    tables = [row[0] for row in dj.conn().query(f"SHOW TABLES IN `{schema}`")]
    text = {t: dj.conn().query(f"SHOW CREATE TABLE `{schema}`.`{t}`").fetchone()[1] for t in tables}
    return {t: re.sub(r" AUTO_INCREMENT=\d+", "", s).replace(f"`{schema}`", "`SCHEMA`") for t, s in text.items()}


def check_declarations():
    theirs, ours = declarations("by_datajoint"), declarations("by_dlc")
    for table, statement in theirs.items():
        if ours.get(table) != statement:
            sys.exit(f"{table} differs:\n{statement}\n{ours.get(table)}")
        count("declared by both: tables, SHOW CREATE TABLE equal")
    extra = sorted(set(ours) - set(theirs))
    if not all(table.startswith("~dlc_") for table in extra):
        sys.exit(f"not DataJoint's: {extra}")
    print("beside DataJoint's tables are our own:", ", ".join(extra) or "none")


def insert_by_datajoint(tables, rows):
    for table, rows_ in rows.items():
        tables[table].insert(rows_, allow_direct_insert=True)


def fetch_by_datajoint(tables):
    found = {}
    for table, cls in tables.items():
        found[table] = cells({table: cls.fetch(as_dict=True)})[table]
    return found


VIDEOS = 150


def videos_to_predict():
    """Rows of recordings with a model, each with a video; of some nobody can make anything."""
    rows = rows_of_a_pipeline(0, 40)
    (recording,), (video,) = rows["recording"], rows["recording__data"]
    out = {t: rows[t] for t in ("#repository", "#experiment_type", "#d_l_c_tracking_type", "d_l_c_model",
                                "#d_l_c_tracking_processing_method", "d_l_c_processing_method", "session")}
    names = [f"{'bad' if n % 30 == 7 else 'video'}{n:04d}" for n in range(VIDEOS)]
    keys = [{**recording, "recording_order": n} for n in range(VIDEOS)]
    out["#dataset_type"] = [{"datasettype": "Video", "description": ""}]
    out["dataset"] = [{"dataset_name": name, "datasettype": "Video"} for name in names]
    out["recording"] = keys
    out["recording__data"] = [{**video, "recording_order": n, "dataset_name": name} for n, name in enumerate(names)]
    (mapped,) = rows["recording_d_l_c"]
    out["recording_d_l_c"] = [{**mapped, "recording_order": n} for n in range(VIDEOS)]
    return out, names


def populate(schema):
    """A worker in Python; prints the dataset of each video that it begins."""

    def predict(key):
        print(key["dataset_name"], flush=True)
        time.sleep(0.01)
        if key["dataset_name"].startswith("bad"):
            raise ValueError("this video cannot be read")

    _, tables = datajoint_tables.declare(schema)
    prediction = tables["__d_l_c_prediction"]
    prediction.predict = staticmethod(predict)
    print("ready", flush=True)
    sys.stdin.readline()
    prediction.populate(reserve_jobs=True, suppress_errors=True, order="random", display_progress=False)


def work_together(name, start):
    """Lets workers of both kinds make the same predictions, and looks what each began."""
    commands = {"by DataJoint": [sys.executable, "-W", "ignore", __file__, PEER, "populate", name], "by us": [PEER, "work", URL + name]}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    workers = []
    for who in start:
        worker = subprocess.Popen(commands[who], text=True, **pipes)
        if who == "by DataJoint" and worker.stdout.readline() != "ready\n":
            sys.exit(worker.stderr.read())
        workers.append((who, worker))
    for _, worker in workers:  # Python takes a second to load: all begin now.
        worker.stdin.write("go\n")
        worker.stdin.flush()
    begun = []
    for who, worker in workers:
        out, err = worker.communicate()
        if worker.returncode:
            sys.exit(f"a worker {who}: {err}")
        begun += [(dataset, who) for dataset in out.split()]
    return begun


def check_jobs():
    schema, tables = datajoint_tables.declare("jobs")
    peer("declare", "jobs")
    rows, names = videos_to_predict()
    insert_by_datajoint(tables, rows)
    prediction = tables["__d_l_c_prediction"]
    table = prediction.table_name
    keys = {key["dataset_name"]: key for key in prediction.key_source.fetch("KEY")}
    if sorted(keys) != sorted(names):
        sys.exit(f"expected {VIDEOS} videos in the key source, found {len(keys)}")

    # What Python has reserved or ignores, we leave alone.
    schema.jobs.reserve(table, keys["video0000"])
    schema.jobs.ignore(table, keys["video0001"])
    begun = work_together("jobs", ["by DataJoint"] * 2 + ["by us"] * 3)
    taken = {"video0000", "video0001"}
    expected = sorted(set(names) - taken)
    if sorted(dataset for dataset, _ in begun) != expected:
        sys.exit(f"begun not once each: {sorted(begun)}")
    for who in ("by DataJoint", "by us"):
        number = sum(w == who for _, w in begun)
        if not number:
            sys.exit(f"nothing was made {who}")
        count(f"workers side by side: jobs begun {who}", number)
    bad = {name for name in names if name.startswith("bad")}
    made = set(prediction.fetch("dataset_name"))
    if made != set(names) - taken - bad:
        sys.exit(f"stored: {sorted(made)}")
    count("workers side by side: rows stored, each once", len(made))

    jobs = {job["key"]["dataset_name"]: job for job in schema.jobs.fetch(as_dict=True)}
    if set(jobs) != bad | taken or [jobs[n]["status"] for n in sorted(taken)] != ["reserved", "ignore"]:
        sys.exit(f"left in ~jobs: {jobs}")
    for name in bad:
        check_error(jobs[name], keys[name])
    count("workers side by side: errors in ~jobs", len(bad))

    # Freed by Python, they are for one or the other to take.
    schema.jobs.complete(table, keys["video0000"])
    if work_together("jobs", ["by us"]) != [("video0000", "by us")]:
        sys.exit("a job that Python let go was not made")
    for who, name in zip(["by us", "by DataJoint"], sorted(bad)):
        schema.jobs.complete(table, keys[name])
        if work_together("jobs", [who]) != [(name, who)]:
            sys.exit(f"a job that failed was not begun again {who}")
        (job,) = (schema.jobs & {"status": "error", "key_hash": key_hash(keys[name])}).fetch(as_dict=True)
        check_error(job, keys[name])
        count(f"errors in ~jobs recorded {who}, read by DataJoint")


def check_error(job, key):
    message = "this video cannot be read"
    if job["status"] != "error" or message not in job["error_message"] or message not in job["error_stack"] or job["key"] != key:
        sys.exit(f"not as DataJoint records it: {job}")


def main():
    connect()
    if sys.argv[2:3] == ["populate"]:
        return populate(sys.argv[3])
    peer("declare", "by_dlc")
    schema, tables = datajoint_tables.declare("by_datajoint")
    check_declarations()

    # DataJoint's schema: our program finds its tables, adds its own, and reads what Python wrote.
    written = [rows_of_a_pipeline(0, 40), rows_of_a_pipeline(1, 5000)]
    for rows in written:
        insert_by_datajoint(tables, rows)
    before = declarations("by_datajoint")
    peer("declare", "by_datajoint")
    after = declarations("by_datajoint")
    if {t: after[t] for t in before} != before:
        sys.exit("a table of DataJoint's changed")
    read = peer("dump", "by_datajoint")
    for table in tables:
        expected = [row for rows in written for row in cells(rows)[table]]
        same(table, read[table], expected, "written by DataJoint, read by us")

    # The other way round, in the schema that our program declared.
    written = [rows_of_a_pipeline(2, 40), rows_of_a_pipeline(3, 5000)]
    for rows in written:
        peer("insert", "by_dlc", cells(rows))
    module = dj.create_virtual_module("pipeline", "by_dlc")
    masters = [v for v in vars(module).values() if isinstance(v, type) and issubclass(v, dj.user_tables.UserTable)]
    virtual = datajoint_tables.tables_of(masters)
    if set(virtual) != set(tables):
        sys.exit(f"DataJoint finds other classes: {set(virtual) ^ set(tables)}")
    read = fetch_by_datajoint(virtual)
    for table in tables:
        expected = [row for rows in written for row in cells(rows)[table]]
        same(table, read[table], expected, "written by us, read by DataJoint")

    # What Python adds there.
    rows = rows_of_a_pipeline(4, 300)
    insert_by_datajoint(virtual, rows)
    written.append(rows)
    read = peer("dump", "by_dlc")
    for table in tables:
        expected = [row for rows in written for row in cells(rows)[table]]
        same(table, read[table], expected, "written by both, read by us")

    check_jobs()
    server = dj.conn().query("SELECT version()").fetchone()[0]
    print(f"datajoint {dj.__version__}, numpy {np.__version__}, server {server}")
    for what, number in compared.items():
        print(f"{what}: {number}")


main()
