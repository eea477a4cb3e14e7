"""What DeepLabCut is asked to do with each network."""

from ruamel.yaml import YAML

from catalogue import CONFIG, PROJECT, clips_of, named

CROP = [100, 500, 60, 380]


def cases_of(name):
    """Returns the cases of one network; each has a name, a clip and keywords of `analyze_videos`."""
    engine, net_type, shuffle = named(name)
    if "rtmpose" in net_type:
        return [resolved(c) for c in top_down_cases(net_type, shuffle)]
    found = [case(clip, shuffle, plain=True) for clip in clips_of(net_type)]
    if "hrnet" in net_type:
        # Its own configuration places frames at random in the padding.
        found.append(case("small", shuffle, "padded at the end", shuffle_of=padded_top_left, plain=True))
    extra = {
        "tensorflow/resnet_50": [
            case("large", shuffle, "batch 4", batch_size=4),
            case("large", shuffle, "cropped", keywords={"cropping": CROP}),
            case("large", shuffle, "dynamic cropping", keywords={"dynamic": [True, 0.5, 10]}),
            case("large", shuffle, "without TFGPUinference", keywords={"TFGPUinference": False}),
            case("large", shuffle, "two outputs", shuffle_of=two_outputs),
            case("large", shuffle, "two outputs, batch 4", batch_size=4, shuffle_of=two_outputs),
            case("large", shuffle, "two outputs in config.yaml", config=two_outputs_in_config),
            case("small", shuffle, "time-lapse", images=True),
        ],
        "tensorflow/mobilenet_v2_1.0": [
            case("large", shuffle, "batch 4", batch_size=4),
            case("large", shuffle, "batch 5", batch_size=5),
            case("large", shuffle, "cropped", keywords={"cropping": CROP}),
            case("large", shuffle, "dynamic cropping", keywords={"dynamic": [True, 0.5, 10]}),
            case("small", shuffle, "time-lapse", images=True),
        ],
        "tensorflow/mobilenet_v2_0.35": [
            case("large", shuffle, "without location refinement", shuffle_of=without_locref_tensorflow),
            case("large", shuffle, "without location refinement, without TFGPUinference",
                 keywords={"TFGPUinference": False}, shuffle_of=without_locref_tensorflow),
        ],
        "pytorch/resnet_50": [
            case("large", shuffle, "batch 4", batch_size=4),
            case("large", shuffle, "batch 5", batch_size=5),
            case("large", shuffle, "cropped", keywords={"cropping": CROP}),
            case("large", shuffle, "dynamic cropping", keywords={"dynamic": [True, 0.5, 10]}),
            case("large", shuffle, "resized", shuffle_of=resized),
            case("large", shuffle, "resized without ratio", shuffle_of=resized_without_ratio),
            case("large", shuffle, "longest side", shuffle_of=longest_side),
            case("large", shuffle, "without location refinement", shuffle_of=without_locref_pytorch),
            case("small", shuffle, "images", images=True),
        ],
        "pytorch/hrnet_w18": [
            case("large", shuffle, "cropped", keywords={"cropping": [64, 384, 32, 288]}),
            case("small", shuffle, "padded in the center", shuffle_of=padded_center),
            case("large", shuffle, "dynamic cropping", keywords={"dynamic": [True, 0.3, 30]}),
        ],
        "pytorch/cspnext_m": [
            case("large", shuffle, "dynamic cropping", keywords={"dynamic": [True, 0.3, 40]}),
            case("large", shuffle, "batch 4", batch_size=4),
        ],
    }
    return [resolved(c) for c in found + extra.get(name, [])]


def top_down_cases(net_type, shuffle):
    dynamic = {"top_down_dynamic": {"threshold": 0.1, "margin": 25, "min_hq_keypoints": 1}}
    found = [case(clip, shuffle, "dynamic box", keywords=dynamic, plain=True) for clip in clips_of(net_type)]
    if net_type == "rtmpose_s":
        found += [case(clip, shuffle, "detector", plain=True) for clip in clips_of(net_type)]
        found += [case("large", shuffle, "detector, batch 4", batch_size=4)]
    return found


def case(clip, shuffle, what="", batch_size=1, keywords=None, config=None, shuffle_of=None, images=False, plain=False):
    words = [clip] + ([what] if what else []) + ([] if "batch" in what else [f"batch {batch_size}"])
    found = {
        "case": ", ".join(words), "clip": clip, "config": config, "shuffle": shuffle, "shuffle_of": shuffle_of,
        "batch_size": batch_size, "keywords": keywords or {},
    }
    if images:
        found["images"] = True
    if plain:
        found["plain"] = True
    return found


def resolved(case):
    """Makes the configuration and the shuffle that a case wants, where they are not the network's own."""
    config, shuffle_of = case["config"], case.pop("shuffle_of")
    if shuffle_of:
        case |= {"variant_of": case["shuffle"], "shuffle": shuffle_of(case["shuffle"])}
    return case | {"config": str(config() if config else CONFIG)}


def two_outputs(shuffle):
    return variant(shuffle, 68, lambda config: config.update(num_outputs=2), "tensorflow")


def two_outputs_in_config():
    """Returns a second configuration of the project that asks for two peaks a body part.

    DeepLabCut 2 reads it there; 3.0.2 refuses the key.
    """
    path = CONFIG.with_name("config-two-outputs.yaml")
    yaml = YAML()
    config = yaml.load(CONFIG.read_text())
    config["num_outputs"] = 2
    with path.open("w") as file:
        yaml.dump(config, file)
    return path


def variant(shuffle, number, edit, engine):
    """Returns a shuffle with the same weights and a configuration that `edit` changed."""
    top = PROJECT / {"pytorch": "dlc-models-pytorch", "tensorflow": "dlc-models"}[engine] / "iteration-0"
    source = next(top.glob(f"*shuffle{shuffle}"))
    target = source.with_name(source.name.replace(f"shuffle{shuffle}", f"shuffle{number}"))
    for part in ("train", "test"):
        (target / part).mkdir(parents=True, exist_ok=True)
    for path in source.glob("*/*"):
        if path.is_dir():
            continue
        copy = target / path.relative_to(source)
        copy.unlink(missing_ok=True)
        if path.name.startswith("snapshot"):
            copy.hardlink_to(path)
        else:
            copy.write_bytes(path.read_bytes())
    yaml = YAML()
    for name in {"pytorch": ["train/pytorch_config.yaml"], "tensorflow": ["test/pose_cfg.yaml", "train/pose_cfg.yaml"]}[engine]:
        config = yaml.load((target / name).read_text())
        edit(config)
        with (target / name).open("w") as file:
            yaml.dump(config, file)
    path = next((PROJECT / "training-datasets/iteration-0").glob("*/metadata.yaml"))
    metadata = yaml.load(path.read_text())
    entry = dict(metadata["shuffles"][source.name])
    metadata["shuffles"][target.name] = entry | {"index": number}
    with path.open("w") as file:
        yaml.dump(metadata, file)
    return number


def inference(shuffle, number, **settings):
    return variant(shuffle, number, lambda config: config["data"]["inference"].update(settings), "pytorch")


def resized(shuffle):
    return inference(shuffle, 61, resize={"height": 300, "width": 300, "keep_ratio": True})


def resized_without_ratio(shuffle):
    return inference(shuffle, 62, resize={"height": 300, "width": 500, "keep_ratio": False})


def longest_side(shuffle):
    return inference(shuffle, 63, longest_max_size=400)


def padded_center(shuffle):
    return inference(shuffle, 200 + shuffle, auto_padding={"pad_width_divisor": 32, "pad_height_divisor": 32, "position": "center"})


def padded_top_left(shuffle):
    return inference(shuffle, 100 + shuffle, auto_padding={"pad_width_divisor": 32, "pad_height_divisor": 32, "position": "top_left"})


def without_locref_pytorch(shuffle):
    def edit(config):
        config["model"]["heads"]["bodypart"]["predictor"]["location_refinement"] = False

    return variant(shuffle, 66, edit, "pytorch")


def without_locref_tensorflow(shuffle):
    def edit(config):
        config["location_refinement"] = False

    return variant(shuffle, 67, edit, "tensorflow")
