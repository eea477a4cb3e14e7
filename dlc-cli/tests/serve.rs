//! Runs the local page over a store in a file, by requests and in a headless Chromium.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

mod common;

#[path = "serve"]
mod page {
    pub(crate) mod browser;
    pub(crate) mod mariadb;
    pub(crate) mod server;
    pub(crate) mod store;
}

use std::{
    io::Write as _,
    net::TcpStream,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use dlc::schema::{
    Query, Row, Shutdown, StoreExt as _, TransactionExt as _,
    jobs::{Worker, WorkerOptions},
    tables::JOBS,
};
use serde_json::json;

use page::{
    browser::Browser,
    mariadb::MariaDb,
    server::{Answer, Server, form, output},
    store::{self, MESSAGE, ODD_NAME, mapped, mapping},
};

/// Returns the fields of the form of a recording.
fn fields<'a>(
    token: &'a str,
    order: &'a str,
    recording: &'a str,
    choice: &'a str,
) -> [(&'a str, &'a str); 5] {
    [
        ("token", token),
        ("session", "0a59dac1dcba870a"),
        ("order", order),
        ("recording", recording),
        ("choice", choice),
    ]
}

/// Maps a recording of the fixture.
fn map(server: &Server, order: i32, choice: &str) -> Answer {
    let key = store::key(order);
    let order = order.to_string();
    let token = server.token();
    let fields = fields(&token, &order, key.recording.as_str(), choice);
    server.post("/map", &fields)
}

/// Returns the part of a page between two texts.
fn between<'p>(page: &'p str, start: &str, end: &str) -> &'p str {
    let (_, rest) = page.split_once(start).unwrap_or_else(|| panic!("{page}"));
    rest.split(end).next().unwrap()
}

#[test]
fn recordings_are_offered_what_was_allowed_and_nothing_else() {
    let Some(server) = Server::start() else {
        return;
    };
    let page = server.get("/");
    assert_eq!(page.status, 200);
    let row = |order: i32| {
        let start = format!("<td class=\"number\">{order}</td>");
        between(&page.body, &start, "</tr>").to_owned()
    };
    let values = |row: &str| -> Vec<String> {
        let values = row.split("<option value=\"").skip(1);
        let values = values.map(|rest| rest.split('"').next().unwrap().replace("&quot;", "\""));
        values.filter(|value| !value.is_empty()).collect()
    };
    let allowed = [
        r#"["nose","1point"]"#,
        r#"["openfield","1point"]"#,
        r#"["openfield","2points"]"#,
        r#"["retrained","2points"]"#,
    ];
    for order in [0, 3, 4, 5] {
        assert_eq!(values(&row(order)), allowed, "{order}");
    }
    let (done, empty) = (row(1), row(2));
    assert!(done.contains("openfield · 2points") && done.contains(">predicted<"));
    assert!(empty.contains("nothing to predict") && empty.contains("no videos"));
    assert!(!done.contains("<form") && !empty.contains("<form"));
    assert!(row(0).contains("not mapped"));
    assert!(row(3).contains(">failed<"));
    assert!(row(4).contains("no worker offers model nose"));

    let open = server.get("/?show=open").body;
    assert!(open.contains("d25b179a25000000") && !open.contains("d25b179a25000003"));
}

#[test]
fn a_recording_is_mapped_and_mapped_anew() {
    let Some(server) = Server::start() else {
        return;
    };
    for (order, model, method) in [
        (0, "openfield", "2points"),
        (0, "nose", "1point"),
        (5, "retrained", "2points"),
    ] {
        let answer = map(&server, order, &json!([model, method]).to_string());
        assert_eq!(answer.status, 303, "{answer:?}");
        let place = between(&answer.head, "location: /#", "\r\n");
        assert!(server.get("/").body.to_lowercase().contains(place));
        let expected = mapping(order, model, method);
        assert_eq!(mapped(&*server.store, order), Some(expected));
    }
}

#[test]
fn what_the_store_refuses_is_shown_with_its_reason() {
    let Some(server) = Server::start() else {
        return;
    };
    let before = store::state(&*server.store);
    for (order, choice, status, reason) in [
        (
            0,
            r#"["nose","2points"]"#,
            422,
            "method 2points is not among those of model nose: 1point",
        ),
        (
            0,
            r#"["nobody","2points"]"#,
            422,
            "no model has the name nobody",
        ),
        (2, r#"["nose","1point"]"#, 422, "has no dataset of videos"),
        (
            1,
            r#"["nose","1point"]"#,
            409,
            "has rows in DLCPrediction, made with model openfield and method 2points",
        ),
        (
            9,
            r#"["nose","1point"]"#,
            404,
            "there is no recording with recording_name = d25b179a25000009",
        ),
        (0, "", 400, "no model and no method was chosen"),
        (0, "nose", 400, "invalid choice &quot;nose&quot;"),
        (
            0,
            r#"["nose","2points_leftrightear"]"#,
            400,
            "20 characters, at most 16 are possible",
        ),
        (
            0,
            r#"["<i>","1point"]"#,
            422,
            "no model has the name &lt;i&gt;",
        ),
    ] {
        let answer = map(&server, order, choice);
        assert_eq!(answer.status, status, "{choice}: {answer:?}");
        assert!(answer.body.contains(reason), "{reason}: {}", answer.body);
        assert!(answer.body.contains("That did not work"));
    }
    assert_eq!(store::state(&*server.store), before);
}

#[test]
fn requests_of_other_sites_are_refused() {
    let Some(server) = Server::start() else {
        return;
    };
    let before = store::state(&*server.store);
    let (token, address) = (server.token(), server.address.clone());
    let port = address.rsplit(':').next().unwrap();
    let key = store::key(0);
    let choice = r#"["nose","1point"]"#;
    let body = |token| form(&fields(token, "0", key.recording.as_str(), choice));
    let good = body(&token);
    let same_port = format!("Origin: http://localhost:{port}\r\n");
    for (host, headers, body) in [
        ("evil.example", "", &good),
        (&format!("evil.example:{port}"), "", &good),
        (&format!("127.0.0.1.evil.example:{port}"), "", &good),
        ("", "", &good),
        (&address, "Origin: http://evil.example\r\n", &good),
        (&address, "Origin: null\r\n", &good),
        (&address, "Host: evil.example\r\n", &good),
        (&address, &same_port, &good),
        (&address, "", &body("")),
        (&address, "", &body("0123456789abcdef0123456789abcdef")),
    ] {
        let answer = server.post_from(host, headers, "/map", body.as_bytes());
        assert!([400, 403].contains(&answer.status), "{host:?} {answer:?}");
        let answer = server.post_from(host, headers, "/jobs/ignore", body.as_bytes());
        assert!([400, 403].contains(&answer.status), "{host:?} {answer:?}");
    }
    for request in [
        "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".to_owned(),
        format!(
            "GET http://evil.example/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        ),
        "GET / HTTP/1.0\r\n\r\n".to_owned(),
    ] {
        let answer = server.send(request.as_bytes());
        assert_eq!(answer.status, 403, "{answer:?}");
        assert!(!answer.body.contains("d25b179a25000000"));
    }
    assert_eq!(store::state(&*server.store), before);

    // The same form is taken when all is well, by each name of this machine.
    for host in [
        address.clone(),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
    ] {
        let origin = format!("Origin: http://{host}\r\n");
        let answer = server.post_from(&host, &origin, "/map", good.as_bytes());
        assert_eq!(answer.status, 303, "{answer:?}");
    }
    let mapped = mapped(&*server.store, 0);
    assert_eq!(mapped, Some(mapping(0, "nose", "1point")));
}

#[test]
fn odd_requests_are_errors_and_stop_nothing() {
    let Some(server) = Server::start() else {
        return;
    };
    let before = store::state(&*server.store);
    let token = server.token();
    let long = "9".repeat(1000);
    for order in ["", "-", "x", "4294967296", "1e3", &long, "\0", "é"] {
        let choice = r#"["nose","1point"]"#;
        let answer = server.post("/map", &fields(&token, order, "d25b179a25000000", choice));
        assert_eq!(answer.status, 400, "{order:?}: {answer:?}");
    }
    let address = server.address.clone();
    let send = |path: &str, body: &[u8]| server.post_from(&address, "", path, body).status;
    assert_eq!(send("/map", b""), 403);
    assert_eq!(send("/map", b"%"), 403);
    assert_eq!(send("/map", b"\xff\xfe\0=&&=;%zz"), 403);
    assert_eq!(send("/map", b"token=a&token=b"), 422);
    assert_eq!(send("/jobs/explode", b""), 400);
    assert_eq!(send("/jobs/%ff", b""), 400);
    assert_eq!(send("/nowhere", b""), 404);
    assert_eq!(send("/models", b""), 405);
    let large = vec![b'a'; 100_000];
    assert_eq!(send("/map", &large), 413);
    for address in ["/?page=x", "/?page=-1", "/?show=%ff", "/jobs?refresh=maybe"] {
        assert_eq!(server.get(address).status, 400, "{address}");
    }
    for address in [
        "/?page=0",
        "/?page=18446744073709551615",
        "/?page=2&show=all",
    ] {
        assert_eq!(server.get(address).status, 200, "{address}");
    }

    // Bytes of a good form, changed at random, always in the same way.
    let good = fields(&token, "0", "nobody", r#"["nose","1point"]"#);
    let good = form(&good).into_bytes();
    let (mut seed, mut counts) = (1_u64, [0; 6]);
    for _ in 0..300 {
        let mut body = good.clone();
        for _ in 0..3 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let [.., place, byte] = seed.to_be_bytes()[..4] else {
                unreachable!("four bytes")
            };
            let place = usize::from(place) % body.len();
            body[place] = byte;
        }
        let status = send("/map", &body);
        assert!((400..500).contains(&status), "{status}");
        counts[usize::from(status) / 100] += 1;
    }
    assert_eq!(counts[4], 300);
    assert_eq!(store::state(&*server.store), before);
    assert_eq!(server.get("/").status, 200);
}

#[test]
fn jobs_are_shown_with_their_reasons_and_can_be_taken_up_again() {
    let Some(server) = Server::start() else {
        return;
    };
    let page = server.get("/jobs").body;
    assert!(page.contains("no such snapshot") && !page.contains("<script"));
    assert!(page.contains("no worker offers model nose"));
    assert!(page.contains("No worker runs."));
    assert!(page.contains("http-equiv=\"refresh\""));
    assert!(
        !server
            .get("/jobs?refresh=off")
            .body
            .contains("http-equiv=\"refresh\"")
    );
    let made = between(&page, "<td>DLCPrediction</td>", "</tr>");
    assert!(made.contains(">1<") && made.contains(">2<"), "{made}");

    let token = server.token();
    let change = |verb: &str, order: i32| {
        let job = store::job(order);
        let (table, hash) = (job.table().name, job.hash());
        let fields = [("token", token.as_str()), ("table", table), ("hash", hash)];
        server.post(&format!("/jobs/{verb}?refresh=off"), &fields)
    };
    let status_of = |order: i32| {
        let hash = Query::of(&JOBS).with("key_hash", store::job(order).hash());
        let rows = server.store.rows(&hash).unwrap();
        rows.first()
            .map(|row| row.cell("status").unwrap().to_string())
    };
    assert_eq!(status_of(3).as_deref(), Some("error"));
    let answer = change("ignore", 3);
    assert!(
        answer.head.contains("location: /jobs?refresh=off"),
        "{answer:?}"
    );
    assert_eq!(
        (answer.status, status_of(3).as_deref()),
        (303, Some("ignore"))
    );
    assert_eq!(change("retry", 3).status, 303);
    assert_eq!(status_of(3), None);
    let nothing = change("retry", 3);
    assert_eq!(nothing.status, 409, "{nothing:?}");
    assert_eq!(change("ignore", 4).status, 303);
    assert_eq!(status_of(4).as_deref(), Some("ignore"));
    let gone = change("retry", 1);
    assert_eq!(gone.status, 404);
    assert!(gone.body.contains("there is no such job any more"));
}

#[test]
fn workers_are_shown_and_their_models_wait_for_nobody() {
    let Some(server) = Server::start() else {
        return;
    };
    let python = Row::new()
        .with("status", "reserved")
        .with("user", "eve@lab")
        .with("host", "node7")
        .with("pid", 77)
        .with("connection_id", 42);
    server
        .store
        .write(|rows| rows.put(&mapping(0, "openfield", "1point")))
        .unwrap();
    store::put_job(&*server.store, 0, python);
    assert!(server.get("/").body.contains("no worker offers model nose"));

    let options = WorkerOptions::default().with_models([store::name("nose")]);
    let worker = Worker::new(&*server.store, options).unwrap();
    let shutdown = Shutdown::new();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| worker.run(&[], &shutdown));
        let start = Instant::now();
        let page = loop {
            let page = server.get("/jobs").body;
            if page.contains(worker.id()) || start.elapsed() > Duration::from_secs(20) {
                break page;
            }
        };
        let models = server.get("/models").body;
        shutdown.request();
        run.join().unwrap().unwrap();
        assert!(
            page.contains(worker.id()) && page.contains(">runs<"),
            "{page}"
        );
        assert!(!page.contains("no worker offers"), "{page}");
        assert!(page.contains(">pending<"), "{page}");
        assert!(page.contains("made by eve@lab, process 77"), "{page}");
        assert_eq!(models.matches(">none<").count(), 2);
    });
    let page = server.get("/jobs").body;
    assert!(page.contains("No worker runs.") && page.contains("/jobs/release"));
    let job = store::job(0);
    let token = server.token();
    let fields = [
        ("token", token.as_str()),
        ("table", job.table().name),
        ("hash", job.hash()),
    ];
    assert_eq!(server.post("/jobs/release", &fields).status, 303);
    let page = server.get("/jobs").body;
    assert!(!page.contains("eve@lab") && page.contains("no worker offers model openfield"));
}

#[test]
fn long_tables_have_pages() {
    let Some(server) = Server::start() else {
        return;
    };
    store::put_recordings(&*server.store, 6..250);
    for (address, first, count) in [
        ("/", 0, 100),
        ("/?page=2", 100, 100),
        ("/?page=3", 200, 50),
        ("/?page=99", 200, 50),
        ("/?show=open&page=3", 204, 46),
    ] {
        let page = server.get(address).body;
        let rows = page.split("<tr id=").skip(1);
        assert_eq!(rows.count(), count, "{address}");
        let row = between(&page, "<tr id=", "</tr>");
        let order = format!("<td class=\"number\">{first}</td>");
        assert!(row.contains(&order), "{address}: {row}");
    }
    let page = server.get("/?show=open&page=2").body;
    assert!(page.contains("action=\"/map?page=2&amp;show=open\""));
    let (token, key) = (server.token(), store::key(210));
    let choice = r#"["nose","1point"]"#;
    let fields = fields(&token, "210", key.recording.as_str(), choice);
    let answer = server.post("/map?page=3&show=open", &fields);
    assert!(
        answer.head.contains("location: /?page=3&show=open#r-"),
        "{answer:?}"
    );
}

#[test]
fn a_database_is_shown_without_its_password() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let Some(server) = Server::over(&database.schema("webgui")) else {
        return;
    };
    let answer = map(&server, 5, r#"["retrained","2points"]"#);
    assert_eq!(answer.status, 303, "{answer:?}");
    let expected = mapping(5, "retrained", "2points");
    assert_eq!(mapped(&*server.store, 5), Some(expected));
    let refused = map(&server, 1, r#"["nose","1point"]"#);
    assert_eq!(refused.status, 409, "{refused:?}");
    for path in ["/", "/jobs", "/models"] {
        let page = server.get(path);
        assert_eq!(page.status, 200, "{page:?}");
        let shown = between(&page.body, "title=\"the store\">", "<");
        assert!(shown.starts_with("mysql://127.0.0.1:"), "{shown}");
        assert!(
            shown.ends_with("/webgui") && !shown.contains('@'),
            "{shown}"
        );
    }
    drop(database);
    let away = server.get("/");
    assert_eq!(away.status, 500, "{away:?}");
    assert!(away.body.contains("because"), "{away:?}");
}

#[test]
fn models_that_share_a_scorer_are_named() {
    let Some(server) = Server::start() else {
        return;
    };
    let page = server.get("/models");
    assert_eq!(page.status, 200);
    let note = between(&page.body, "<p class=\"note\">", "</p>");
    assert!(note.contains("openfield, retrained"), "{note}");
    assert_eq!(page.body.matches(">shared<").count(), 2);
    assert_eq!(page.body.matches("<p class=\"note\">").count(), 1);
    assert!(page.body.contains("in local: openfield-2"));
}

#[test]
fn no_page_runs_a_script_or_shows_a_name_as_markup() {
    let Some(server) = Server::start() else {
        return;
    };
    for path in ["/", "/jobs", "/models", "/nowhere", "/?page=<script>"] {
        let answer = server.get(&path.replace('<', "%3C").replace('>', "%3E"));
        assert!(!answer.body.contains("<script") && !answer.body.contains("<b>"));
        for header in [
            "content-security-policy: default-src 'none';",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
        ] {
            assert!(answer.head.contains(header), "{}", answer.head);
        }
    }
    let style = server.get("/style.css");
    assert!(style.head.contains("content-type: text/css"), "{style:?}");
}

/// What a slow client sends of a request.
#[derive(Clone, Copy, Debug)]
enum Slow {
    /// Half of the head.
    Head,
    /// Half of the body.
    Body,
    /// So many requests, whose answers it does not read.
    Reader(usize),
    /// One request, and nothing after its answer.
    Idle,
}

impl Slow {
    fn connect(self, server: &Server) -> TcpStream {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        let host = &server.address;
        let bytes = match self {
            Self::Head => format!("GET / HTTP/1.1\r\nHost: {host}\r\n"),
            Self::Body => format!(
                "POST /map HTTP/1.1\r\nHost: {host}\r\nContent-Type: \
                 application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntoken="
            ),
            Self::Reader(count) => format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").repeat(count),
            Self::Idle => format!("GET /style.css HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        };
        // Who is dropped meanwhile sees an error, or nothing.
        drop(stream.write_all(bytes.as_bytes()));
        stream
    }
}

/// Makes sure that a browser is answered at once.
fn assert_answers(server: &Server, slow: Slow) {
    for _ in 0..3 {
        let asked = Instant::now();
        assert_eq!(server.get("/style.css").status, 200, "{slow:?}");
        let page = server.get("/");
        assert_eq!(page.status, 200, "{slow:?}");
        assert!(page.body.ends_with("</html>"), "{slow:?}");
        let took = asked.elapsed();
        assert!(took < Duration::from_secs(4), "{slow:?}: {took:?}");
    }
}

#[test]
fn slow_clients_keep_nobody_out() {
    // So long that no deadline helps.
    let arguments = ["--connections", "32", "--patience", "3600"];
    let Some(server) = Server::start_with(&arguments) else {
        return;
    };
    for slow in [Slow::Head, Slow::Body, Slow::Reader(10), Slow::Idle] {
        let mut clients: Vec<_> = (0..64).map(|_| slow.connect(&server)).collect();
        assert_answers(&server, slow);
        for client in &mut clients {
            // A byte now and then, to those that are still there.
            drop(client.write_all(b"X"));
        }
        assert_answers(&server, slow);
    }
}

#[test]
fn slow_clients_are_dropped() {
    let Some(server) = Server::start_with(&["--patience", "1"]) else {
        return;
    };
    // The last one asks for more than the kernel has room for.
    for slow in [Slow::Head, Slow::Body, Slow::Idle, Slow::Reader(3000)] {
        let mut client = slow.connect(&server);
        let began = Instant::now();
        let mut dropped = false;
        while !dropped && began.elapsed() < Duration::from_secs(15) {
            thread::sleep(Duration::from_millis(200));
            // A byte now and then does not help.
            dropped = client.write_all(b"X").is_err();
        }
        assert!(dropped, "{slow:?}");
        assert_answers(&server, slow);
    }
}

#[test]
fn few_descriptors_are_enough() {
    // What they are enough for, and more than that: then accepting fails.
    for arguments in [&["--patience", "3600"][..], &["--connections", "1000"]] {
        let Some(server) = Server::start_with_descriptors(80, arguments) else {
            return;
        };
        let clients: Vec<_> = (0..200).map(|_| Slow::Head.connect(&server)).collect();
        assert_answers(&server, Slow::Head);
        drop(clients);
        assert_answers(&server, Slow::Head);
    }
}

#[test]
fn a_store_is_made_when_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.sqlite");
    let at_odd_place = [
        "--listen",
        "203.0.113.1:0",
        "--store",
        path.to_str().unwrap(),
    ];
    // It cannot listen there, so that it ends; the store comes first.
    let Some(unasked) = output(&at_odd_place) else {
        return;
    };
    assert_eq!(unasked.status.code(), Some(1));
    assert!(!path.exists());
    output(&[&at_odd_place[..], &["--create"]].concat()).unwrap();
    assert!(path.exists());
}

#[test]
fn exit_codes_tell_a_wrong_call_from_a_failure() {
    let Some(wrong_call) = output(&["--store", "x", "--listen", "nowhere"]) else {
        return;
    };
    assert_eq!(wrong_call.status.code(), Some(2));
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let failed = output(&["--store", folder, "--listen", "127.0.0.1:0"]).unwrap();
    assert_eq!(failed.status.code(), Some(1));
    let error = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(error.starts_with("error: cannot open the store"), "{error}");
}

#[test]
fn in_a_browser_a_person_chooses_and_presses_map() {
    let (Some(server), Some(mut browser)) = (Server::start(), Browser::start()) else {
        return;
    };
    browser.show_as(1200, 800, "light");
    browser.open(&server.url("/"));
    assert_eq!(browser.evaluate("document.title"), "Recordings · dlc");
    assert_eq!(
        browser.evaluate("document.querySelectorAll('tbody tr').length"),
        6
    );
    let names =
        browser.evaluate("[...document.querySelectorAll('td.name')].map(d => d.textContent)");
    assert!(
        names.as_array().unwrap().contains(&json!(ODD_NAME)),
        "{names}"
    );

    // Nothing is sent before something is chosen.
    let odd = "tr:last-child";
    browser.click(&format!("{odd} button"));
    assert_eq!(mapped(&*server.store, 5), None);
    browser.type_into(&format!("{odd} select"), "retr");
    let chosen = format!("document.querySelector('{odd} select').value");
    assert_eq!(browser.evaluate(&chosen), r#"["retrained","2points"]"#);
    browser.click(&format!("{odd} button"));
    browser.wait_for("location.hash !== ''");
    let expected = mapping(5, "retrained", "2points");
    assert_eq!(mapped(&*server.store, 5), Some(expected));
    assert_eq!(browser.evaluate(&chosen), r#"["retrained","2points"]"#);
    let row = "document.querySelector('tr:target td.number').textContent";
    assert_eq!(browser.evaluate(row), "5");

    // A choice that became wrong while the page was open is refused, and says why.
    let select = format!(
        "#{} select",
        browser
            .evaluate("document.querySelector('tbody tr').id")
            .as_str()
            .unwrap()
    );
    browser.type_into(&select, "nose");
    browser.evaluate(&format!(
        "document.querySelector('{select} option:checked').value = '[\"nose\",\"2points\"]'"
    ));
    browser.click(&select.replace("select", "button"));
    browser.wait_for("document.title.startsWith('Error')");
    let text = browser.evaluate("document.body.innerText");
    let reason = "method 2points is not among those of model nose: 1point";
    assert!(text.as_str().unwrap().contains(reason), "{text}");
    assert_eq!(mapped(&*server.store, 0), None);
    let unexpected: Vec<_> = browser
        .complaints
        .iter()
        .filter(|complaint| !complaint.to_string().contains("422"))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
}

#[test]
fn in_a_browser_a_person_takes_a_failed_job_up_again() {
    let (Some(server), Some(mut browser)) = (Server::start(), Browser::start()) else {
        return;
    };
    browser.show_as(1200, 800, "dark");
    browser.open(&server.url("/jobs?refresh=off"));
    let text = browser.evaluate("document.body.innerText");
    assert!(text.as_str().unwrap().contains(MESSAGE), "{text}");
    let buttons = "[...document.querySelectorAll('tr:has(.wrong) button')].map(b => b.textContent)";
    assert_eq!(
        browser.evaluate(buttons),
        json!(["retry", "ignore", "ignore"])
    );
    browser.click("button[formaction^='/jobs/retry']");
    browser.wait_for("!document.body.innerText.includes('no such snapshot')");
    let fields = "document.querySelectorAll('.chip.wrong').length";
    assert_eq!(browser.evaluate(fields), 2);
    // The page fits, and is dark when the person wants it dark.
    assert_eq!(
        browser.evaluate("document.documentElement.scrollWidth"),
        1200
    );
    let back = browser.evaluate("getComputedStyle(document.body).backgroundColor");
    assert_eq!(back, "rgb(20, 24, 30)");
    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
}

/// Also writes the pictures where `WEBGUI_PICTURES` says, as base64.
#[test]
fn pages_are_drawn_in_light_and_in_dark() {
    let (Some(server), Some(mut browser)) = (Server::start(), Browser::start()) else {
        return;
    };
    let folder = std::env::var_os("WEBGUI_PICTURES").map(PathBuf::from);
    for (path, name) in [
        ("/", "recordings"),
        ("/jobs", "jobs"),
        ("/models", "models"),
    ] {
        let mut pictures = ["light", "dark"].map(|scheme| {
            browser.show_as(1200, 640, scheme);
            browser.open(&server.url(path));
            let picture = browser.picture();
            if let Some(folder) = &folder {
                let file = folder.join(format!("{name}-{scheme}.png.base64"));
                std::fs::write(file, &picture).unwrap();
            }
            picture
        });
        // The signature of PNG, and more than an empty page has.
        assert!(
            pictures
                .iter()
                .all(|picture| picture.starts_with("iVBORw0KGgo"))
        );
        assert!(pictures.iter().all(|picture| picture.len() > 50_000));
        pictures.sort();
        assert_ne!(pictures[0], pictures[1], "{name}");
    }
}
