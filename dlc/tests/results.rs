//! Results that are there: kept when they are those that are asked for, and else never taken for them.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc::{
    AnalyzeOptions, Analyzer, Results,
    analysis::{
        AnalyzeImagesError, AnalyzeVideoErrorKind, AnalyzeVideosError, ResultDiffersError,
        SameResultsKind, VideoReport,
    },
    analyze_videos,
    infer::{BatchStatistics, DynamicCropping},
    io::{
        Limits, h5, metadata, picture, project::ModelRequest, provenance::Provenance,
        session::SessionFolder, video,
    },
    model::{Crop, Frame},
    pipeline::{
        PredictSessionError, PredictSessionOptions, PredictedSession, RegisterModelOptions,
        predict_session, register_model,
    },
    results::{Filter, FilterPredictionsError, LabeledVideoOptions, MedianEdges},
    schema::{Memory, Registrar, Repository, RepositoryType},
};

const SCORER: &str = "DLC_mobnet_35_mouseNov22shuffle1_7200";

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield")
}

/// A folder of two small pictures: a video that takes no time.
fn video(path: &Path, level: u8) -> PathBuf {
    fs::create_dir_all(path).unwrap();
    for index in 0..2 {
        let pixels = vec![level; 96 * 80 * 3];
        let frame = Frame::new(index, 96, 80, pixels).unwrap();
        picture::write_frame(path.join(format!("{index}.png")), &frame).unwrap();
    }
    path.to_owned()
}

fn analyzed(
    video: &Path,
    options: AnalyzeOptions<'_>,
) -> Result<VideoReport, AnalyzeVideoErrorKind> {
    let mut analyzer = Analyzer::open(project(), 1, 0, options).unwrap();
    analyzer.analyze(video).map_err(|error| match error.kind() {
        AnalyzeVideoErrorKind::Differs(differs) => differs.clone().into(),
        other => panic!("{other:?}"),
    })
}

fn differs(result: Result<VideoReport, AnalyzeVideoErrorKind>) -> ResultDiffersError {
    match result.unwrap_err() {
        AnalyzeVideoErrorKind::Differs(differs) => differs,
        other => panic!("{other:?}"),
    }
}

/// The names of what differs.
fn fields(error: &ResultDiffersError) -> Vec<&str> {
    let differences = error.differences().iter();
    differences.map(|difference| &*difference.field).collect()
}

fn into(folder: &Path) -> AnalyzeOptions<'static> {
    AnalyzeOptions::default().with_destination(folder)
}

#[test]
fn videos_of_one_name_are_refused_before_the_model_is_loaded() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    let videos = [video(&at("a/vid.mp4"), 9), video(&at("b/vid.mp4"), 99)];
    for overwrite in [false, true] {
        let options = into(&at("out")).with_overwrite(overwrite);
        // There is no such project: it is not looked for.
        let error = analyze_videos("nowhere", &videos, 1, 0, options).unwrap_err();

        let AnalyzeVideosError::SameResults(error) = error else {
            panic!("{error:?}");
        };
        assert_eq!(error.videos(), &videos);
        assert_eq!(error.kind(), SameResultsKind::SameName);
    }
    assert!(!at("out").exists());
    let twice = [&videos[0], &videos[0]];
    let outcomes = analyze_videos(project(), twice, 1, 0, into(&at("out"))).unwrap();
    assert_eq!(
        outcomes.len(),
        1,
        "a video that is named twice is analysed once"
    );
}

#[test]
fn the_results_of_another_video_are_not_taken_for_those_of_this_one() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    let (first, second) = (video(&at("a/vid"), 9), video(&at("b/vid"), 99));
    let report = analyzed(&first, into(&at("out"))).unwrap();
    assert!(!report.already_analyzed);
    let before = fs::read(&report.outputs.h5).unwrap();

    let error = differs(analyzed(&second, into(&at("out"))));
    let field = fields(&error)[0].to_owned();
    assert!(
        field == "video content" || field == "video bytes",
        "{error}"
    );
    assert!(error.to_string().contains("--overwrite"), "{error}");
    assert_eq!(fs::read(&report.outputs.h5).unwrap(), before);

    let again = analyzed(&first, into(&at("out"))).unwrap();
    assert!(again.already_analyzed && !again.without_record);
    // A copy is the same video, wherever it lies.
    let copy = video(&at("c/vid"), 9);
    assert!(analyzed(&copy, into(&at("out"))).unwrap().already_analyzed);
    let third = analyzed(&second, into(&at("out")).with_overwrite(true)).unwrap();
    assert!(!third.already_analyzed);
    assert!(
        analyzed(&second, into(&at("out")))
            .unwrap()
            .already_analyzed
    );
}

#[test]
fn done_work_is_reported_as_its_files_tell() {
    let root = tempfile::tempdir().unwrap();
    let vid = video(&root.path().join("vid"), 9);
    let frame = fs::read(vid.join("0.png")).unwrap();
    fs::write(vid.join("2.png"), &frame[..frame.len() / 2]).unwrap();
    let crop = Crop {
        x_min: 0,
        x_max: 64,
        y_min: 8,
        y_max: 72,
    };
    let options = || into(root.path()).with_crop(crop);

    let new = analyzed(&vid, options()).unwrap();
    let again = analyzed(&vid, options()).unwrap();

    assert!(again.already_analyzed);
    assert_eq!((again.frame_count, &*again.missing_frames), (3, &[2][..]));
    assert_eq!(again.crop, Some(crop));
    assert!((new.mean_likelihood - again.mean_likelihood).abs() < 1e-12);
    // A grey picture shows no mouse.
    assert_eq!(again.warnings(), new.warnings());
    assert_eq!(new.warnings().len(), 1, "{}", new.mean_likelihood);
}

#[test]
fn each_option_that_changes_poses_is_a_difference() {
    let root = tempfile::tempdir().unwrap();
    let vid = video(&root.path().join("vid"), 9);
    let options = || into(root.path());
    analyzed(&vid, options()).unwrap();
    let crop = Crop::full(64, 64);
    let dynamic = DynamicCropping::default();
    let mut batch = options();
    batch.estimator.statistics = BatchStatistics::Batch;
    let cases = [
        (options().with_crop(crop), "crop"),
        (options().with_dynamic(dynamic), "dynamic"),
        (options().with_num_outputs(2), "num_outputs"),
        (batch, "statistics"),
    ];
    for (options, field) in cases {
        let error = differs(analyzed(&vid, options));
        assert_eq!(fields(&error), [field], "{error}");
    }
    for options in [options().with_batch_size(3), options()] {
        assert!(analyzed(&vid, options).unwrap().already_analyzed);
    }
    // After a crop, no crop is another analysis, too.
    analyzed(&vid, options().with_crop(crop).with_overwrite(true)).unwrap();
    let error = differs(analyzed(&vid, options()));
    let difference = error.differences()[0].to_string();
    assert_eq!(difference, "crop was 0,64,0,64, now none");
}

#[test]
fn another_snapshot_of_the_same_name_is_another_model() {
    let root = tempfile::tempdir().unwrap();
    let copy = root.path().join("project");
    copy_folder(&project(), &copy);
    let vid = video(&root.path().join("vid"), 9);
    let analyzed = |project: &Path| {
        let mut analyzer = Analyzer::open(project, 1, 0, into(root.path())).unwrap();
        analyzer.analyze(&vid)
    };
    assert!(!analyzed(&project()).unwrap().already_analyzed);
    assert!(analyzed(&copy).unwrap().already_analyzed);

    let train = "dlc-models/iteration-0/mouseNov22-trainset90shuffle1/train";
    let data = copy.join(train).join("snapshot-7200.data-00000-of-00001");
    let mut bytes = fs::read(&data).unwrap();
    // The same index and another number would be a checksum error: a longer file is not.
    bytes.push(0);
    fs::write(&data, bytes).unwrap();
    let error = analyzed(&copy).unwrap_err();
    let AnalyzeVideoErrorKind::Differs(error) = error.kind() else {
        panic!("{error:?}");
    };
    assert_eq!(fields(error), ["snapshot bytes"]);
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn changed_and_damaged_results_are_not_taken_for_whole_ones() {
    let root = tempfile::tempdir().unwrap();
    let vid = video(&root.path().join("vid"), 9);
    let outputs = analyzed(&vid, into(root.path())).unwrap().outputs;
    let check = |field: &str| {
        let error = differs(analyzed(&vid, into(root.path())));
        assert_eq!(fields(&error), [field], "{error}");
    };
    let whole = fs::read(&outputs.h5).unwrap();
    fs::write(&outputs.h5, &whole[..whole.len() / 2]).unwrap();
    check("content of the file");
    fs::write(&outputs.h5, &whole).unwrap();

    let record = Provenance::path_beside(&outputs.h5);
    let text = fs::read(&record).unwrap();
    fs::write(&record, "{").unwrap();
    check("record");
    // Without a record, the metadata and the poses tell.
    fs::remove_file(&record).unwrap();
    assert!(analyzed(&vid, into(root.path())).unwrap().without_record);
    let meta = fs::read(&outputs.meta).unwrap();
    fs::write(&outputs.meta, &meta[..40]).unwrap();
    check("metadata");
    fs::write(&outputs.h5, &whole[..whole.len() / 2]).unwrap();
    check("poses");
    fs::write(&record, text).unwrap();
    check("content of the file");
    fs::write(&outputs.h5, &whole).unwrap();
    assert!(analyzed(&vid, into(root.path())).unwrap().already_analyzed);
}

#[test]
fn deeplabcuts_own_results_count_and_are_compared_by_their_metadata() {
    let root = tempfile::tempdir().unwrap();
    let vid = video(&root.path().join("vid"), 9);
    let outputs = analyzed(&vid, into(root.path())).unwrap().outputs;
    fs::remove_file(Provenance::path_beside(&outputs.h5)).unwrap();
    // DeepLabCut writes no .csv unless asked.
    fs::remove_file(&outputs.csv).unwrap();

    let again = analyzed(&vid, into(root.path())).unwrap();
    assert!(again.already_analyzed && again.without_record);
    let options = into(root.path()).with_crop(Crop::full(64, 64));
    assert_eq!(fields(&differs(analyzed(&vid, options))), ["crop"]);
    let longer = video(&root.path().join("b/vid"), 9);
    fs::copy(longer.join("0.png"), longer.join("2.png")).unwrap();
    let error = differs(analyzed(&longer, into(root.path())));
    assert_eq!(fields(&error)[0], "video frames");

    // DeepLabCut before 2.1.
    let legacy = SCORER.replace("DLC", "DeepCut");
    let old = |suffix: &str| root.path().join(format!("vid{legacy}{suffix}"));
    fs::rename(&outputs.h5, old(".h5")).unwrap();
    fs::rename(&outputs.meta, old("includingmetadata.pickle")).unwrap();
    let again = analyzed(&vid, into(root.path())).unwrap();
    assert!(again.already_analyzed && again.without_record);
    assert_eq!(again.outputs.h5, old(".h5"));
    assert_eq!(again.frame_count, 2);
    let error = differs(analyzed(&longer, into(root.path())));
    assert_eq!(fields(&error)[0], "video frames");
    // Nothing but the poses tells.
    fs::remove_file(old("includingmetadata.pickle")).unwrap();
    assert!(analyzed(&vid, into(root.path())).unwrap().already_analyzed);
    let options = into(root.path()).with_num_outputs(2);
    assert_eq!(fields(&differs(analyzed(&vid, options))), ["num_outputs"]);
}

#[test]
fn a_moment_that_is_noted_afterwards_changes_no_result() {
    let root = tempfile::tempdir().unwrap();
    let vid = video(&root.path().join("vid"), 9);
    let outputs = analyzed(&vid, into(root.path())).unwrap().outputs;

    let start = "2020-10-13T11:02:00+02:00".parse().unwrap();
    metadata::set_start_timestamp(&outputs.meta, start, &Limits::default()).unwrap();

    assert!(analyzed(&vid, into(root.path())).unwrap().already_analyzed);
}

#[test]
fn a_folder_of_videos_is_all_of_them_and_one_of_both_says_so() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("session");
    fs::create_dir(&folder).unwrap();
    let clip = project().join("videos/mouse.avi");
    fs::copy(&clip, folder.join("mouse_labeled.avi")).unwrap();
    fs::copy(&clip, folder.join("mouse.avi")).unwrap();
    fs::copy(
        project().join("expected/raw/frame000.png"),
        folder.join("a.png"),
    )
    .unwrap();
    let out = root.path().join("out");

    let outcomes = analyze_videos(project(), [&folder], 1, 0, into(&out)).unwrap();

    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].video, folder.join("mouse.avi"));
    assert_eq!(outcomes[0].result.as_ref().unwrap().frame_count, 100);
    let error = video::open(&folder).err().unwrap();
    assert!(matches!(
        error.kind(),
        video::OpenVideoErrorKind::FolderOfVideos { count: 1, .. }
    ));
    let none = into(&out).with_videotype(["mp4"]);
    let error = analyze_videos("nowhere", [&folder], 1, 0, none).unwrap_err();
    assert!(
        error.to_string().contains("names that end in mp4"),
        "{error}"
    );
}

#[test]
fn pictures_of_others_are_not_taken_for_these() {
    let root = tempfile::tempdir().unwrap();
    let (a, b) = (
        video(&root.path().join("a"), 9),
        video(&root.path().join("b"), 99),
    );
    let out = root.path().join("out");
    let analyzed = |paths: &[PathBuf], options: AnalyzeOptions<'_>| {
        dlc::Analyzer::open(project(), 1, 0, options)
            .unwrap()
            .analyze_images(paths)
    };
    let first = analyzed(&[a.clone(), a.join("0.png")], into(&out)).unwrap();
    assert_eq!(
        first.image_count, 2,
        "a picture that is named twice is one row"
    );

    let again = analyzed(std::slice::from_ref(&a), into(&out)).unwrap();
    assert!(again.already_analyzed);
    assert_eq!(again.image_count, 2);
    assert!((again.mean_likelihood - first.mean_likelihood).abs() < 1e-12);
    // The name of the result is that of the folder, not of the picture.
    let error = analyzed(&[a.join("1.png")], into(&out)).unwrap_err();
    let AnalyzeImagesError::Differs(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(fields(&error), ["images bytes", "image_count"]);
    let moved = root.path().join("other/a");
    fs::create_dir_all(moved.parent().unwrap()).unwrap();
    fs::rename(&b, &moved).unwrap();
    assert!(analyzed(&[moved], into(&out)).is_err());
}

/// The results of a video in a folder of its own.
fn results(folder: &Path) -> (PathBuf, Results) {
    let vid = video(&folder.join("vid"), 9);
    analyzed(&vid, into(folder)).unwrap();
    let results = Results::open(project(), &ModelRequest::shuffle(1)).unwrap();
    (vid, results.with_destination(folder))
}

#[test]
fn filtered_poses_are_of_one_filter_and_of_one_file() {
    let root = tempfile::tempdir().unwrap();
    let (vid, results) = results(root.path());
    let differs = |filter: &Filter| match results.filter_predictions(&vid, filter).unwrap_err() {
        FilterPredictionsError::Differs(differs) => differs,
        other => panic!("{other:?}"),
    };
    let first = results
        .filter_predictions(&vid, &Filter::median(5))
        .unwrap();
    assert!(!first.already_filtered);
    assert!(
        results
            .filter_predictions(&vid, &Filter::default())
            .unwrap()
            .already_filtered
    );

    assert_eq!(fields(&differs(&Filter::median(3))), ["windowlength"]);
    let reflected = Filter::Median {
        window: 5,
        edges: MedianEdges::Reflect,
    };
    assert_eq!(fields(&differs(&reflected)), ["edges"]);
    assert!(fields(&differs(&Filter::kalman())).contains(&"filtertype"));
    // DeepLabCut keeps no record: the numbers tell.
    let record = Provenance::path_beside(&first.h5);
    let text = fs::read(&record).unwrap();
    fs::remove_file(&record).unwrap();
    assert!(
        results
            .filter_predictions(&vid, &Filter::median(5))
            .unwrap()
            .already_filtered
    );
    assert_eq!(fields(&differs(&reflected)), ["how it was made"]);
    fs::write(&record, text).unwrap();

    let crop = Crop::full(64, 64);
    analyzed(&vid, into(root.path()).with_crop(crop).with_overwrite(true)).unwrap();
    let field = fields(&differs(&Filter::default()))[0].to_owned();
    assert!(field.starts_with("poses "), "{field}");
    let results = results.clone().with_overwrite(true);
    let new = results
        .filter_predictions(&vid, &Filter::default())
        .unwrap();
    assert!(!new.already_filtered);
    assert_ne!(h5::read(&new.h5).unwrap().poses.len(), 0);
}

#[test]
fn a_labelled_video_is_of_its_options_and_of_its_poses() {
    let root = tempfile::tempdir().unwrap();
    let (vid, results) = results(root.path());
    let options = LabeledVideoOptions::default();
    let first = match results.create_labeled_video(&vid, &options) {
        Err(error) if format!("{error:?}").contains("MissingProgram") => {
            return testing::skip(testing::Need::Ffmpeg, "no ffmpeg");
        }
        first => first.unwrap(),
    };
    assert!(!first.already_created);
    let again = results.create_labeled_video(&vid, &options).unwrap();
    assert!(again.already_created);
    assert_eq!(again.frame_count, 2);

    let cases = [
        (
            LabeledVideoOptions {
                displayedbodyparts: Some(vec!["snout".into()]),
                ..options.clone()
            },
            "displayedbodyparts",
        ),
        (
            LabeledVideoOptions {
                trailpoints: 9,
                ..options.clone()
            },
            "trailpoints",
        ),
        (
            LabeledVideoOptions {
                // The same name: 60 in a hundred.
                pcutoff: Some(0.605),
                ..options.clone()
            },
            "pcutoff",
        ),
    ];
    for (options, field) in cases {
        let error = results.create_labeled_video(&vid, &options).unwrap_err();
        let dlc::results::CreateLabeledVideoError::Differs(error) = error else {
            panic!("{error:?}");
        };
        assert_eq!(fields(&error), [field]);
    }
    fs::remove_file(Provenance::path_beside(&first.path)).unwrap();
    assert!(results.create_labeled_video(&vid, &options).is_err());
    let overwriting = results.clone().with_overwrite(true);
    overwriting.create_labeled_video(&vid, &options).unwrap();
    let frames = LabeledVideoOptions {
        save_frames: Some(root.path().join("frames")),
        ..options
    };
    let again = results.create_labeled_video(&vid, &frames).unwrap();
    assert!(!again.of_another_file);
    assert_eq!(fs::read_dir(root.path().join("frames")).unwrap().count(), 2);
    let other = video(&root.path().join("b/vid"), 99);
    let labeled = overwriting.create_labeled_video(&other, &frames).unwrap();
    assert!(labeled.of_another_file);
}

#[test]
fn a_report_takes_no_two_videos_of_one_name_and_no_older_labelled_video() {
    let root = tempfile::tempdir().unwrap();
    let (vid, results) = results(root.path());
    let other = video(&root.path().join("b/vid"), 99);
    let html = root.path().join("report.html");
    let options = dlc::results::SessionReportOptions::default();
    let error = results.write_session_report(&html, [&vid, &other], &options);
    assert!(matches!(
        error.unwrap_err(),
        dlc::results::SessionReportError::SameResults(_)
    ));
    let labels = LabeledVideoOptions {
        codec: video::VideoCodec::H264,
        ..LabeledVideoOptions::default()
    };
    match results.create_labeled_video(&vid, &labels) {
        Err(dlc::results::CreateLabeledVideoError::Write(error)) => {
            return testing::skip(testing::Need::Ffmpeg, error);
        }
        labelled => drop(labelled.unwrap()),
    }
    let text = || {
        results
            .write_session_report(&html, [&vid], &options)
            .unwrap();
        fs::read_to_string(&html).unwrap()
    };
    assert!(text().contains("<video"));
    let crop = Crop::full(64, 64);
    analyzed(&vid, into(root.path()).with_crop(crop).with_overwrite(true)).unwrap();
    let text = text();
    assert!(!text.contains("<video") && text.contains("left out: made of other poses"));
}

/// The reference data, which DeepLabCut 3.0.2 made.
fn reference() -> Option<PathBuf> {
    testing::reference("openfield/videos/clip120.mp4")?;
    testing::reference("")
}

#[test]
fn the_bundled_results_of_deeplabcut_count_as_analysed() {
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("out");
    for batch in ["b1", "b7"] {
        copy_folder(&project().join("expected").join(batch), &out);
        let clip = project().join("videos/mouse.avi");
        let report = analyzed(&clip, into(&out)).unwrap();

        assert!(report.already_analyzed && report.without_record);
        assert_eq!(report.frame_count, 100);
        assert!(report.mean_likelihood > 0.9 && report.warnings().is_empty());
    }
    let other = video(&root.path().join("mouse"), 9);
    let error = differs(analyzed(&other, into(&out)));
    assert_eq!(fields(&error), ["video frames", "video size"], "{error}");
}

#[test]
fn results_of_deeplabcut_are_compared_with_what_is_asked_for() {
    let Some(reference) = reference() else { return };
    let clip = reference.join("openfield/videos/clip120.mp4");
    let crop = |[x_min, x_max, y_min, y_max]: [usize; 4]| Crop {
        x_min,
        x_max,
        y_min,
        y_max,
    };
    let (of_tensorflow, of_pytorch) = (crop([0, 400, 20, 300]), crop([100, 500, 60, 380]));
    let cases = [
        ("openfield", 1, "demo_clip/b1", None),
        ("openfield", 1, "demo_clip/b8", None),
        ("openfield", 1, "demo_clip/b1_cropped", Some(of_tensorflow)),
        ("openfield_torch", 14, "cspnext_s_b1", None),
        (
            "openfield_torch",
            14,
            "cspnext_s_b1_cropped",
            Some(of_pytorch),
        ),
    ];
    for (project, shuffle, made, made_with) in cases {
        let out = reference.join("deeplabcut").join(made);
        let is_analyzed = |crop: Option<Crop>| {
            let mut options = into(&out);
            options.crop = crop;
            let config = reference.join(project);
            let analyzer = Analyzer::open(config, shuffle, 0, options).unwrap();
            analyzer.is_analyzed(&clip)
        };
        assert!(is_analyzed(made_with).unwrap(), "{made}");
        let other = match made_with {
            None => Some(of_pytorch),
            Some(_) => None,
        };
        let error = is_analyzed(other).unwrap_err();
        let AnalyzeVideoErrorKind::Differs(error) = error.kind() else {
            panic!("{error:?}");
        };
        assert_eq!(fields(error), ["crop"], "{made}: {error}");
    }
}

#[test]
fn poses_that_deeplabcut_filtered_are_compared_by_their_numbers() {
    let Some(reference) = reference() else { return };
    let clip = reference.join("openfield/videos/clip120.mp4");
    let config = reference.join("openfield_torch");
    let results = Results::open(config, &ModelRequest::shuffle(14)).unwrap();
    let results = results.with_destination(reference.join("deeplabcut/filter_pt_median"));

    let same = results
        .filter_predictions(&clip, &Filter::median(5))
        .unwrap();
    assert!(same.already_filtered);
    let error = results.filter_predictions(&clip, &Filter::median(7));
    assert!(matches!(
        error.unwrap_err(),
        FilterPredictionsError::Differs(_)
    ));
}

#[test]
fn a_session_is_predicted_once_and_stays_when_other_options_are_asked_for() {
    let root = tempfile::tempdir().unwrap();
    copy_folder(&project(), &root.path().join("project"));
    let store = Memory::new();
    let registrar = Registrar::found(&store, "ada".parse().unwrap()).unwrap();
    let here = Repository {
        name: "here".parse().unwrap(),
        repository_type: RepositoryType::Local,
        path: root.path().to_str().unwrap().into(),
    };
    registrar.add(&here).unwrap();
    let (model, registration) = (ModelRequest::shuffle(1), RegisterModelOptions::default());
    let config = root.path().join("project/config.yaml");
    let name = "mouse".parse().unwrap();
    register_model(&registrar, config, &model, name, &registration).unwrap();
    let videos = ["a", "b"].map(|name| video(&root.path().join(name), 9));
    let predict = |options: AnalyzeOptions<'static>, hour: usize| {
        let starts = [0, 1].map(|plus| {
            let start = format!("2022-06-07T{:02}:00:00Z", hour + plus);
            start.parse().unwrap()
        });
        let options = PredictSessionOptions::default()
            .with_analyze(options)
            .with_basename("session")
            .with_starts(starts);
        predict_session(&store, &videos, "mouse", [""; 0], options)
    };
    let done = |session: &PredictedSession| {
        let reports = session.videos.iter().map(|video| &video.report);
        let told = reports.map(|report| (report.already_analyzed, report.frame_count));
        told.collect::<Vec<_>>()
    };

    fs::rename(&videos[1], root.path().join("away")).unwrap();
    predict(AnalyzeOptions::default(), 10).unwrap_err();
    assert!(
        !root.path().join("dlc_session").exists(),
        "one video is not there"
    );
    fs::rename(root.path().join("away"), &videos[1]).unwrap();

    let first = predict(AnalyzeOptions::default(), 10).unwrap();
    assert_eq!(done(&first), [(false, 2); 2]);
    let again = predict(AnalyzeOptions::default(), 10).unwrap();
    assert_eq!(done(&again), [(true, 2); 2]);
    // Pictures have no times, and are read all the same.
    let session = SessionFolder::open(&first.folder).unwrap().read().unwrap();
    assert_eq!(session.poses().len(), 4);
    assert!(
        session
            .videos()
            .iter()
            .all(|video| video.times.is_none() && video.start.is_some())
    );
    let files = || {
        let files = fs::read_dir(&first.folder).unwrap();
        let read = files.map(|file| {
            let path = file.unwrap().path();
            (path.clone(), fs::read(path).unwrap())
        });
        read.collect::<std::collections::BTreeMap<_, _>>()
    };
    let before = files();
    let crop = AnalyzeOptions::default().with_crop(Crop::full(64, 64));
    let error = predict(crop, 12).unwrap_err();
    let PredictSessionError::Analyze(error) = error else {
        panic!("{error:?}");
    };
    assert!(matches!(error.kind(), AnalyzeVideoErrorKind::Differs(_)));
    assert_eq!(files(), before, "not even the moments have changed");

    let twice = [&videos[0], &videos[0]];
    let options = PredictSessionOptions::default().with_basename("session");
    let error = predict_session(&store, twice, "mouse", [""; 0], options).unwrap_err();
    assert!(error.to_string().contains("they are one video"), "{error}");
}

#[test]
fn results_that_a_mac_named_are_those_of_the_video() {
    let root = tempfile::tempdir().unwrap();
    let vid = video(&root.path().join("f\u{e9}vr"), 9);
    let first = analyzed(&vid, into(root.path())).unwrap();
    let record = Provenance::path_beside(&first.outputs.h5);
    for path in [
        &first.outputs.h5,
        &first.outputs.csv,
        &first.outputs.meta,
        &record,
    ] {
        let name = path.file_name().unwrap().to_str().unwrap();
        fs::rename(
            path,
            path.with_file_name(name.replace('\u{e9}', "e\u{301}")),
        )
        .unwrap();
    }

    let again = analyzed(&vid, into(root.path())).unwrap();

    assert!(again.already_analyzed && again.frame_count == 2);
    assert!(again.outputs.h5.is_file() && again.outputs.h5 != first.outputs.h5);
}
