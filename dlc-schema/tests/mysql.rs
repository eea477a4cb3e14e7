//! The store in MySQL on a real MariaDB, which `conformance/mariadb` starts.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Barrier, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use dlc_schema::{
    Access, Cell, LayoutError, MysqlOptions, MysqlStore, Query, Row, Store, StoreError,
    StoreErrorKind, StoreExt, conformance,
    tables::{DATASET, DLC_MODEL, REPOSITORY, SESSION, TABLES, TRACKED_BODY_PART},
};
use mysql::{Conn, prelude::Queryable};

/// A server that ends with the process.
struct Server {
    url: String,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    _child: Child,
}

impl Server {
    /// Starts a server, or says that there is none on this machine.
    fn start(options: &str) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/mariadb");
        let mut child = Command::new(script)
            .env("MARIADB_OPTIONS", options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        answers.read_line(&mut url).unwrap();
        if url.is_empty() {
            assert_eq!(child.wait().unwrap().code(), Some(77), "the server started");
            testing::skip(testing::Need::Mariadb, "no mariadbd");
            return None;
        }
        Some(Self {
            url: url.trim().into(),
            orders,
            answers,
            _child: child,
        })
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "ready\n");
    }

    fn options(&self, schema: &str) -> MysqlOptions {
        options(&self.url, schema)
    }
}

fn options(url: &str, schema: &str) -> MysqlOptions {
    MysqlOptions::from_url(&format!("{url}{schema}")).unwrap()
}

/// Returns the URL of the server that the tests share.
fn url() -> Option<&'static str> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| Server::start(""));
    server.as_ref().map(|server| server.url.as_str())
}

/// Declares a schema of its own.
fn declared(url: &str) -> (MysqlStore, MysqlOptions) {
    static SCHEMAS: AtomicUsize = AtomicUsize::new(0);
    let schema = format!("test_{}", SCHEMAS.fetch_add(1, Ordering::Relaxed));
    let options = options(url, &schema);
    (MysqlStore::declare(&options).unwrap(), options)
}

fn connection(url: &str, schema: &str) -> Conn {
    Conn::new(mysql::Opts::from_url(&format!("{url}{schema}")).unwrap()).unwrap()
}

fn part(name: &str) -> Row {
    Row::new().with("body_part", name)
}

fn layout(error: &StoreError) -> &LayoutError {
    match error.kind() {
        StoreErrorKind::Layout(error) => error,
        other => panic!("{other:?}"),
    }
}

/// Splits the reference into statements by the names of their tables.
fn reference() -> Option<Vec<(String, String)>> {
    let path = testing::reference("tracking/datajoint_show_create.sql")?;
    let text = fs::read_to_string(path).unwrap();
    let statements = text.split("CREATE TABLE `").skip(1);
    let named = statements.map(|rest| {
        let statement = rest.split(";\n").next().unwrap_or(rest);
        let name = rest.split('`').next().unwrap_or_default();
        (name.to_owned(), format!("CREATE TABLE `{statement}"))
    });
    Some(named.collect())
}

/// Takes off what says nothing of the layout: the next number, and the comment of a table, which
/// the reference leaves empty for the pipeline's tables.
fn comparable(statement: &str, with_comment: bool) -> String {
    let (lines, end) = statement.rsplit_once("\n) ").unwrap();
    let words = end.split(" COMMENT=");
    let mut words = words.map(|part| {
        let kept = part
            .split(' ')
            .filter(|word| !word.starts_with("AUTO_INCREMENT="));
        kept.collect::<Vec<_>>().join(" ")
    });
    let options = words.next().unwrap();
    let comment = words.next().filter(|_| with_comment).unwrap_or_default();
    format!("{lines}\n) {options} {comment}")
}

#[test]
fn tables_are_those_that_datajoint_declares() {
    let (Some(url), Some(reference)) = (url(), reference()) else {
        return;
    };
    // The schema has the reference's name, because DataJoint writes it into comments.
    let options = options(url, "imaging");
    let mut server = connection(url, "");
    server
        .query_drop("CREATE DATABASE imaging CHARACTER SET latin1")
        .unwrap();
    let store = MysqlStore::declare(&options).unwrap();
    let mut imaging = connection(url, store.schema());
    let mut compared = 0;
    for (name, expected) in &reference {
        // The parents Session and Recording are cut down in the reference, and here.
        let found: Option<(String, String)> = imaging
            .query_first(format!("SHOW CREATE TABLE `{name}`"))
            .unwrap();
        let found = found.unwrap().1;
        let hidden = name.starts_with('~');
        assert_eq!(
            comparable(&found, hidden),
            comparable(expected, hidden),
            "{name}"
        );
        compared += 1;
    }
    assert_eq!(compared, 25, "`~log` is there twice");
}

#[test]
fn every_rule_of_a_store_holds() {
    let Some(url) = url() else { return };
    let (_, options) = declared(url);
    conformance::check(&|| Box::new(MysqlStore::open(&options).unwrap()));
}

#[test]
fn every_rule_of_a_store_holds_in_unicode() {
    let Some(url) = url() else { return };
    let mut server = connection(url, "");
    server
        .query_drop("CREATE DATABASE unicode CHARACTER SET utf8mb4")
        .unwrap();
    let options = options(url, "unicode");
    let store = MysqlStore::declare(&options).unwrap();
    conformance::check(&|| Box::new(MysqlStore::open(&options).unwrap()));

    store
        .write(|rows| rows.insert(&TRACKED_BODY_PART, &part("鼻 🐁")))
        .unwrap();
    let query = Query::of(&TRACKED_BODY_PART).with_all(part("鼻 🐁"));
    assert_eq!(store.rows(&query).unwrap(), [part("鼻 🐁")]);
}

#[test]
fn what_is_declared_twice_stays() {
    let Some(url) = url() else { return };
    let (store, options) = declared(url);
    store
        .write(|rows| rows.insert(&TRACKED_BODY_PART, &part("nose")))
        .unwrap();

    let again = MysqlStore::declare(&options).unwrap();

    assert_eq!(
        again.rows(&Query::of(&TRACKED_BODY_PART)).unwrap(),
        [part("nose")]
    );
    assert!(MysqlStore::open(&options).is_ok());
}

#[test]
fn a_schema_that_is_not_ours_is_refused_by_table_and_column() {
    let Some(url) = url() else { return };
    let (store, options) = declared(url);
    let mut server = connection(url, store.schema());
    let mut refused = |change: &str, back: &str| {
        server.query_drop(change).unwrap();
        let error = MysqlStore::open(&options).unwrap_err();
        server.query_drop(back).unwrap();
        layout(&error).to_string()
    };
    assert_eq!(
        refused(
            "ALTER TABLE d_l_c_model MODIFY dlc_scorer varchar(64) NOT NULL",
            "ALTER TABLE d_l_c_model MODIFY dlc_scorer varchar(128) NOT NULL",
        ),
        "column `dlc_scorer` of table `d_l_c_model`: expected varchar(128) not null, found \
         varchar(64) not null"
    );
    assert_eq!(
        refused(
            "ALTER TABLE d_l_c_model MODIFY dlc_scorer varchar(128)",
            "ALTER TABLE d_l_c_model MODIFY dlc_scorer varchar(128) NOT NULL",
        ),
        "column `dlc_scorer` of table `d_l_c_model`: expected varchar(128) not null, found \
         varchar(128) null"
    );
    assert_eq!(
        refused(
            "ALTER TABLE d_l_c_model CHANGE dlc_date date_of_dlc varchar(16) NOT NULL",
            "ALTER TABLE d_l_c_model CHANGE date_of_dlc dlc_date varchar(16) NOT NULL",
        ),
        "table `d_l_c_model` has no column `dlc_date`: expected varchar(16) not null"
    );
    assert_eq!(
        refused(
            "RENAME TABLE `~jobs` TO jobs",
            "RENAME TABLE jobs TO `~jobs`"
        ),
        "table `~jobs` is missing: the tables are to be declared first"
    );
    assert_eq!(
        refused(
            "ALTER TABLE `~jobs` DROP PRIMARY KEY, ADD PRIMARY KEY (key_hash)",
            "ALTER TABLE `~jobs` DROP PRIMARY KEY, ADD PRIMARY KEY (table_name, key_hash)",
        ),
        "primary key of table `~jobs`: expected [\"table_name\", \"key_hash\"], found \
         [\"key_hash\"]"
    );
    assert_eq!(
        refused(
            "CREATE TABLE `~~d_l_c_prediction` (a int PRIMARY KEY)",
            "DROP TABLE `~~d_l_c_prediction`",
        ),
        "`~~d_l_c_prediction` belongs to DataJoint 2: not supported"
    );
    assert_eq!(
        refused(
            "ALTER TABLE d_l_c_model MODIFY dlc_cfg_template longblob NOT NULL COMMENT ':<blob>:'",
            "ALTER TABLE d_l_c_model MODIFY dlc_cfg_template longblob NOT NULL",
        ),
        "`d_l_c_model.dlc_cfg_template` belongs to DataJoint 2: not supported"
    );
    server
        .query_drop("ALTER TABLE session ADD note varchar(9) DEFAULT NULL")
        .unwrap();
    assert!(
        MysqlStore::open(&options).is_ok(),
        "a lab may have columns of its own"
    );
}

#[test]
fn tables_are_made_only_where_that_is_asked_for() {
    let Some(url) = url() else { return };
    let mut server = connection(url, "");
    let options = options(url, "not_there");
    for opened in [
        MysqlStore::open(&options),
        MysqlStore::open_read_only(&options),
    ] {
        let error = opened.unwrap_err();
        assert!(error.to_string().contains("`not_there`"), "{error}");
    }
    let schemas: Vec<String> = server.query("SHOW DATABASES LIKE 'not_there'").unwrap();
    assert!(schemas.is_empty());

    server.query_drop("CREATE DATABASE not_there").unwrap();
    for opened in [
        MysqlStore::open(&options),
        MysqlStore::open_read_only(&options),
    ] {
        let error = opened.unwrap_err();
        let is_right = matches!(layout(&error), LayoutError::MissingTable { .. });
        assert!(is_right, "{error:?}");
    }
    let tables: Vec<String> = server.query("SHOW TABLES IN not_there").unwrap();
    assert!(tables.is_empty(), "{tables:?}");
}

#[test]
fn a_user_who_may_only_read_can_look() {
    let Some(url) = url() else { return };
    let (store, options) = declared(url);
    store
        .write(|rows| rows.insert(&TRACKED_BODY_PART, &part("nose")))
        .unwrap();
    let schema = options.schema();
    let mut server = connection(url, "");
    server
        .query_drop("CREATE USER onlooker IDENTIFIED BY 'onlooker'")
        .unwrap();
    server
        .query_drop(format!("GRANT SELECT ON {schema}.* TO onlooker"))
        .unwrap();
    let (_, host) = url.rsplit_once('@').unwrap();
    let reader =
        MysqlOptions::from_url(&format!("mysql://onlooker:onlooker@{host}{schema}")).unwrap();

    let store = MysqlStore::open_read_only(&reader).unwrap();

    let parts = store.rows(&Query::of(&TRACKED_BODY_PART)).unwrap();
    assert_eq!(parts, [part("nose")]);
    let error = store
        .write(|rows| rows.insert(&TRACKED_BODY_PART, &part("ear")))
        .unwrap_err();
    assert!(
        matches!(error.kind(), StoreErrorKind::Denied(_)),
        "{error:?}"
    );
}

#[test]
fn nothing_is_declared_beside_tables_that_are_not_ours() {
    let Some(url) = url() else { return };
    let mut server = connection(url, "");
    server.query_drop("CREATE DATABASE foreign_schema").unwrap();
    server
        .query_drop("CREATE TABLE foreign_schema.session (id int PRIMARY KEY)")
        .unwrap();

    let error = MysqlStore::declare(&options(url, "foreign_schema")).unwrap_err();

    assert!(
        matches!(layout(&error), LayoutError::MissingColumn { .. }),
        "{error:?}"
    );
    let tables: Vec<String> = server.query("SHOW TABLES IN foreign_schema").unwrap();
    assert_eq!(tables, ["session"]);
}

#[test]
fn texts_that_differ_in_case_are_told_apart() {
    let Some(url) = url() else { return };
    let (store, _) = declared(url);
    store
        .write(|rows| rows.insert(&TRACKED_BODY_PART, &part("Nose")))
        .unwrap();

    assert!(
        store
            .rows(&Query::of(&TRACKED_BODY_PART).with_all(part("nose")))
            .unwrap()
            .is_empty()
    );
    let delete = |name: &str| store.write(|rows| rows.delete(&TRACKED_BODY_PART, &part(name)));
    assert_eq!(delete("nose").unwrap(), 0);
    // As a key they are the same to the server.
    let insert = store.write(|rows| rows.insert(&TRACKED_BODY_PART, &part("nose")));
    assert!(insert.unwrap_err().is_duplicate());
    assert_eq!(delete("Nose").unwrap(), 1);
}

#[test]
fn keys_are_found_by_their_index() {
    let Some(url) = url() else { return };
    let (store, _) = declared(url);
    let mut server = connection(url, store.schema());
    let plan: Vec<mysql::Row> = server
        .exec(
            "EXPLAIN SELECT * FROM recording AS t0 WHERE t0.session_name = ? AND \
             CONVERT(t0.session_name USING utf8mb4) COLLATE utf8mb4_bin = ?",
            ("0a59dac1dcba870a", "0a59dac1dcba870a"),
        )
        .unwrap();
    let key: Option<String> = plan[0].get("key").unwrap();
    assert_eq!(key.as_deref(), Some("PRIMARY"));
}

#[test]
fn of_two_transactions_in_each_others_way_one_may_try_again() {
    let Some(url) = url() else { return };
    let (store, _) = declared(url);
    for name in ["a", "b"] {
        let row = Row::new()
            .with("repository_name", name)
            .with("repository_type", "Local")
            .with("path", "/");
        store.write(|rows| rows.insert(&REPOSITORY, &row)).unwrap();
    }
    let change = |transaction: &mut dyn dlc_schema::Transaction, name: &str| {
        let key = Row::new().with("repository_name", name);
        transaction.update(&REPOSITORY, &key, &Row::new().with("path", "/new"))
    };
    let both_have_one = Barrier::new(2);
    let cross = |own: &str, other: &str| {
        let mut transaction = store.begin(Access::Write).unwrap();
        change(&mut *transaction, own).unwrap();
        both_have_one.wait();
        change(&mut *transaction, other)
    };
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(|| cross("b", "a"));
        (cross("a", "b"), second.join().unwrap())
    });
    let failed = [first, second].into_iter().filter_map(Result::err);
    let failed: Vec<_> = failed.collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(
        matches!(failed[0].kind(), StoreErrorKind::Conflict(_)),
        "{:?}",
        failed[0]
    );
    assert!(failed[0].is_transient());
}

#[test]
fn a_change_that_waits_too_long_may_be_tried_again() {
    let Some(url) = url() else { return };
    let (_, options) = declared(url);
    let store = MysqlStore::open(&options.with_lock_wait(Duration::from_secs(1))).unwrap();
    let mut first = store.begin(Access::Write).unwrap();
    first.insert(&TRACKED_BODY_PART, &part("nose")).unwrap();

    let mut second = store.begin(Access::Write).unwrap();
    let error = second
        .insert(&TRACKED_BODY_PART, &part("nose"))
        .unwrap_err();

    assert!(
        matches!(error.kind(), StoreErrorKind::Conflict(_)),
        "{error:?}"
    );
}

#[test]
fn a_transaction_that_was_in_the_way_stores_nothing_more() {
    let Some(url) = url() else { return };
    let (_, options) = declared(url);
    let store = MysqlStore::open(&options.with_lock_wait(Duration::from_secs(1))).unwrap();
    let mut first = store.begin(Access::Write).unwrap();
    first.insert(&TRACKED_BODY_PART, &part("nose")).unwrap();
    let mut second = store.begin(Access::Write).unwrap();
    second.insert(&TRACKED_BODY_PART, &part("before")).unwrap();
    second
        .insert(&TRACKED_BODY_PART, &part("nose"))
        .unwrap_err();
    drop(first);

    // Whoever overlooks the error is told again.
    let error = second
        .insert(&TRACKED_BODY_PART, &part("after"))
        .unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert!(second.select(&Query::of(&TRACKED_BODY_PART)).is_err());
    assert!(second.commit().unwrap_err().is_transient());
    assert!(
        store
            .rows(&Query::of(&TRACKED_BODY_PART))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn when_all_connections_are_in_use_a_thread_is_told_so() {
    let Some(url) = url() else { return };
    let (_, options) = declared(url);
    let options = options
        .with_max_connections(1)
        .with_wait(Duration::from_millis(200));
    let store = MysqlStore::open(&options).unwrap();
    let first = store.begin(Access::Read).unwrap();

    let error = store.begin(Access::Read).err().unwrap();
    assert!(
        matches!(error.kind(), StoreErrorKind::Unavailable(_)),
        "{error:?}"
    );

    drop(first);
    assert!(store.begin(Access::Read).is_ok());
}

#[test]
fn who_may_only_look_is_told_so() {
    let Some(url) = url() else { return };
    let (store, _) = declared(url);
    let mut server = connection(url, "");
    let schema = store.schema();
    server
        .query_drop("CREATE USER reader@'%' IDENTIFIED BY 'r'")
        .unwrap();
    server
        .query_drop(format!("GRANT SELECT ON {schema}.* TO reader@'%'"))
        .unwrap();
    let url = url.replace("dlc:dlc@", "reader:r@");

    let store = MysqlStore::open(&options(&url, schema)).unwrap();
    let error = store.write(|rows| rows.insert(&TRACKED_BODY_PART, &part("nose")));
    assert!(matches!(
        error.unwrap_err().kind(),
        StoreErrorKind::Denied(_)
    ));
    assert!(store.user().unwrap().starts_with("reader@"));

    let wrong = url.replace("reader:r@", "reader:wrong@");
    let error = MysqlStore::open(&options(&wrong, schema)).unwrap_err();
    assert!(
        matches!(error.kind(), StoreErrorKind::Denied(_)),
        "{error:?}"
    );
}

#[test]
fn a_text_that_the_schema_has_no_letters_for_is_refused() {
    let Some(url) = url() else { return };
    let mut server = connection(url, "");
    server
        .query_drop("CREATE DATABASE latin CHARACTER SET latin1")
        .unwrap();
    let store = MysqlStore::declare(&options(url, "latin")).unwrap();

    let insert = store.write(|rows| rows.insert(&TRACKED_BODY_PART, &part("鼻")));

    let error = insert.unwrap_err();
    assert!(
        matches!(error.kind(), StoreErrorKind::Other(_)),
        "{error:?}"
    );
    assert!(
        store
            .rows(&Query::of(&TRACKED_BODY_PART))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn every_table_is_there_for_datajoint_and_for_us() {
    let Some(url) = url() else { return };
    let (store, _) = declared(url);
    let mut server = connection(url, store.schema());
    let tables: Vec<String> = server.query("SHOW TABLES").unwrap();
    assert_eq!(tables.len(), TABLES.len() + 1, "ours and `~log`");
}

#[test]
fn a_store_lives_on_when_the_server_has_been_away() {
    let Some(mut server) = Server::start("") else {
        return;
    };
    let store = MysqlStore::declare(&server.options("imaging")).unwrap();
    let insert = |name: &str| store.write(|rows| rows.insert(&TRACKED_BODY_PART, &part(name)));
    insert("before").unwrap();

    // What was committed is there, what was not is gone, also after the server is killed.
    for (order, name) in [("restart", "restarted"), ("kill", "killed")] {
        let mut open = store.begin(Access::Write).unwrap();
        open.insert(&TRACKED_BODY_PART, &part("never")).unwrap();
        server.order(order);
        let error = open.commit().unwrap_err();
        assert!(
            matches!(error.kind(), StoreErrorKind::Unavailable(_)),
            "{error:?}"
        );
        insert(name).unwrap();
    }
    server.order("stop");
    let error = insert("away").unwrap_err();
    assert!(
        matches!(error.kind(), StoreErrorKind::Unavailable(_)),
        "{error:?}"
    );
    assert!(error.is_transient());
    server.order("start");
    insert("started").unwrap();

    let rows = store.rows(&Query::of(&TRACKED_BODY_PART)).unwrap();
    let names: Vec<_> = rows
        .iter()
        .map(|row| row.cell("body_part").unwrap().to_string())
        .collect();
    assert_eq!(names, ["before", "killed", "restarted", "started"]);
}

#[test]
fn a_full_disk_is_told_and_leaves_no_half_transaction() {
    // All tables in one file that does not grow.
    let small = "--skip-innodb-file-per-table --innodb-data-file-path=ibdata1:12M";
    let Some(server) = Server::start(small) else {
        return;
    };
    let store = MysqlStore::declare(&server.options("imaging")).unwrap();
    let model = |number: i64| {
        Row::new()
            .with("dlc_model", format!("model{number}"))
            .with("dlc_task", "t")
            .with("dlc_date", "Jun30")
            .with("dlc_iteration", 0)
            .with("dlc_snapshotindex", 0)
            .with("dlc_shuffle", 1)
            .with("dlc_trainingsetindex", number)
            .with("dlc_scorer", "s")
            .with("dlc_cfg_template", Cell::Blob(vec![7; 1 << 20]))
    };
    let mut stored = 0;
    let error = loop {
        let written = store.write(|rows| {
            let session = Row::new().with("session_name", format!("{stored}"));
            rows.insert(&SESSION, &session)?;
            rows.insert(&DLC_MODEL, &model(stored))
        });
        match written {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100, "the disk is full at some time");
    };
    assert!(matches!(error.kind(), StoreErrorKind::Full(_)), "{error:?}");
    let count = |table| store.rows(&Query::of(table).keys()).unwrap().len();
    assert_eq!(i64::try_from(count(&DLC_MODEL)), Ok(stored));
    assert_eq!(i64::try_from(count(&SESSION)), Ok(stored));
    assert_eq!(count(&DATASET), 0);
}
