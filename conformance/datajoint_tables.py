"""The pipeline's tables as a lab would define them for datajoint."""

import datajoint as dj


def declare(name):
    """Declares the tables in a schema and returns it and its classes."""
    schema = dj.Schema(name)

    @schema
    class Repository(dj.Lookup):
        definition = """ # places with files
        repository_name : varchar(100)
        ---
        repository_type : enum('Local','NTNUNetwork','Amazon')
        path : varchar(1000)
        """

    @schema
    class FileType(dj.Lookup):
        definition = """ # kinds of files
        filetype : varchar(50)
        ---
        description : varchar(500)
        """

    @schema
    class DatasetType(dj.Lookup):
        definition = """ # kinds of datasets
        datasettype : varchar(50)
        ---
        description : varchar(500)
        """

    @schema
    class Dataset(dj.Manual):
        definition = """ # files that belong together
        dataset_name : char(16)
        ---
        -> DatasetType
        """

    @schema
    class PhysicalFile(dj.Manual):
        definition = """ # the files of datasets
        -> Dataset
        -> FileType
        file_order : int
        ---
        -> Repository
        file_path : varchar(1000)
        """

    @schema
    class ExperimentType(dj.Lookup):
        definition = """ # kinds of equipment
        experiment_type : varchar(100)
        """

    @schema
    class Session(dj.Manual):
        definition = """ # sessions
        session_name : char(16)
        """

    @schema
    class Apparatus(dj.Lookup):
        definition = """ # arenas and the like
        apparatus : varchar(32)
        ---
        apparatus_note = '' : varchar(1000)
        """

        class Geometry(dj.Part):
            definition = """ # the size of an arena, in mm
            -> master
            ---
            arena_geometry : enum('square','rectangle','circle','linear','treadmill')
            arena_x_dim = null : float
            arena_y_dim = null : float
            arena_radius = null : float
            arena_wall_height = null : float
            """

    @schema
    class Recording(dj.Manual):
        definition = """ # recordings of a session
        -> Session
        recording_order : int
        recording_name : char(16)
        ---
        -> ExperimentType
        """

        class Data(dj.Part):
            definition = """ # the datasets of recordings
            -> master
            -> Dataset
            """

        class Apparatus(dj.Part):
            definition = """ # where a recording was made
            -> master
            -> Apparatus
            """

    @schema
    class DLCTrackingType(dj.Lookup):
        definition = """ # what is processed beyond raw states
        dlc_tracking_type : varchar(32)
        """

    @schema
    class TrackedBodyPart(dj.Lookup):
        definition = """ # body parts that the pipeline knows
        body_part : varchar(32)
        """

    @schema
    class DLCModel(dj.Manual):
        definition = """ # trained models
        dlc_model : varchar(32)
        ---
        dlc_task : varchar(32)
        dlc_date : varchar(16)
        dlc_iteration : int
        dlc_snapshotindex : int
        dlc_shuffle : int
        dlc_trainingsetindex : int
        dlc_scorer : varchar(128)
        dlc_cfg_template : longblob
        dlc_model_description = '' : varchar(1000)
        """

        class ModelPath(dj.Part):
            definition = """ # where a model's project is
            -> master
            ---
            dlc_project_path : varchar(255)
            -> Repository
            """

    @schema
    class DLCTrackingProcessingMethod(dj.Lookup):
        definition = """ # methods from body parts to a state
        dlc_tracking_processing_method : varchar(16)
        ---
        method_description = '' : varchar(1000)
        dlc_tracking_processing_params : longblob
        -> DLCTrackingType.proj(applicable_tracking_type='dlc_tracking_type')
        function_to_invoke : varchar(32)
        param_hash : uuid
        """

    @schema
    class DLCProcessingMethod(dj.Manual):
        definition = """ # which methods fit a model
        -> DLCModel
        -> DLCTrackingProcessingMethod
        ---
        method_desc = '' : varchar(1000)
        """

    @schema
    class RecordingDLC(dj.Manual):
        definition = """ # model and method of a recording
        -> Recording
        ---
        -> DLCProcessingMethod
        """

    @schema
    class DLCPrediction(dj.Computed):
        definition = """ # videos that a model has predicted
        -> Recording.Data
        ---
        -> DLCModel
        """

        key_source = Recording.Data & (Dataset & "datasettype = 'Video'") & RecordingDLC
        predict = None  # Set by who populates: what happens between fetching and storing.

        def make(self, key):
            model = (RecordingDLC & key).fetch1("dlc_model")
            type(self).predict(key)
            self.insert1({**key, "dlc_model": model})

    @schema
    class TrackingRaw(dj.Imported):
        definition = """ # tracking as it was recorded
        -> Recording.Data
        ---
        start_time : datetime
        stop_time : datetime
        timestamps = null : longblob
        timestamps_sys = null : longblob
        sample_rate : double
        sync : smallint
        is_calibrated = 0 : tinyint
        entry_time_tracking_raw = CURRENT_TIMESTAMP : timestamp
        """

        class DLCPart(dj.Part):
            definition = """ # body parts as the network gave them, in px
            -> master
            -> TrackedBodyPart
            ---
            -> DLCModel
            dlc_training_iteration : int
            bodypart_x_pos : longblob
            bodypart_y_pos : longblob
            bodypart_likelihood : longblob
            """

        class OpenField(dj.Part):
            definition = """ # raw states in an open field, in px
            -> master
            ---
            x_pos : longblob
            y_pos : longblob
            boundary_left : double
            boundary_right : double
            boundary_bottom : double
            boundary_top : double
            speed : longblob
            head_angle : longblob
            x_offset : double
            y_offset : double
            """

        def make(self, key):
            raise NotImplementedError

    @schema
    class TrackingParams(dj.Lookup):
        definition = """ # how raw states are processed
        trackingparams_id : char(1)
        ---
        sigma_tracking : float
        sigma_speed : float
        sigma_angle : float
        rotate : smallint
        tracking_params_hash = '' : varchar(32)
        """

    @schema
    class Tracking(dj.Computed):
        definition = """ # processed tracking
        -> TrackingRaw
        -> TrackingParams
        ---
        sample_rate : double
        entry_time_tracking = CURRENT_TIMESTAMP : timestamp
        """

        class OpenField(dj.Part):
            definition = """ # processed states in an open field, in mm
            -> master
            ---
            calibration : double
            x_pos : longblob
            y_pos : longblob
            boundary_left : double
            boundary_right : double
            boundary_bottom : double
            boundary_top : double
            speed : longblob
            head_angle : longblob
            timestamps : longblob
            """

        class DLCPart(dj.Part):
            definition = """ # processed body parts
            -> master
            -> TrackingRaw.DLCPart
            ---
            bodypart_x_pos : longblob
            bodypart_y_pos : longblob
            bodypart_likelihood : longblob
            """

        def make(self, key):
            raise NotImplementedError

    schema.jobs  # declares ~jobs
    masters = [v for v in list(locals().values()) if isinstance(v, type) and issubclass(v, dj.Table)]
    return schema, tables_of(masters)


def tables_of(masters):
    """Returns the classes and their parts by the names of their tables."""
    tables = {}
    for master in masters:
        parts = [getattr(master, name) for name in dir(master)]
        parts = [p for p in parts if isinstance(p, type) and issubclass(p, dj.Part)]
        for table in [master, *parts]:
            tables[table.table_name] = table
    return tables
