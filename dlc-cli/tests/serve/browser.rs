//! A headless Chromium, driven by its debugging protocol over a pipe.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    commands: ChildStdin,
    answers: Receiver<Value>,
    session: Option<String>,
    last: u64,
    /// What the page complained of.
    pub(crate) complaints: Vec<Value>,
    _profile: TempDir,
}

/// Returns Chromium's program: what `CHROMIUM` names, or one in the `PATH`.
fn chromium() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Some(path.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file())
}

impl Browser {
    /// Starts a browser, or says that there is none.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = chromium().filter(|_| cfg!(unix)) else {
            testing::skip(testing::Need::Chromium, "no chromium (CHROMIUM or PATH)");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        // Chromium reads commands from 3 and answers to 4.
        let pipes = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;
        let mut child = Command::new("sh")
            .args(["-c", pipes])
            .arg(program)
            .args(["--headless", "--no-sandbox", "--remote-debugging-pipe"])
            .args(["--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--no-proxy-server"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (send, answers) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|n| n > 1) {
                message.pop();
                let value = serde_json::from_slice(&message).unwrap();
                if send.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser = Self {
            child,
            commands,
            answers,
            session: None,
            last: 0,
            complaints: Vec::new(),
            _profile: profile,
        };
        browser.open_page();
        Some(browser)
    }

    fn open_page(&mut self) {
        let target = self.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = self.call("Target.attachToTarget", attach);
        self.session = attached["sessionId"].as_str().map(Into::into);
        self.call("Log.enable", json!({}));
        self.call("Runtime.enable", json!({}));
    }

    /// Sends a command and waits for its answer.
    fn call(&mut self, method: &str, params: Value) -> Value {
        let answer = self.try_call(method, &params);
        answer.unwrap_or_else(|error| panic!("{method} {params}: {error}"))
    }

    fn try_call(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let command = format!("{command}\0");
        self.commands.write_all(command.as_bytes()).unwrap();
        loop {
            let mut message = self.answers.recv_timeout(PATIENCE).unwrap();
            match message["method"].as_str() {
                Some("Log.entryAdded" | "Runtime.exceptionThrown") => {
                    self.complaints.push(message);
                }
                _ if message["id"] == self.last && !message["error"].is_null() => {
                    return Err(message["error"].take());
                }
                _ if message["id"] == self.last => return Ok(message["result"].take()),
                _ => {}
            }
        }
    }

    /// Sets the size of the window, and whether it is dark.
    pub(crate) fn show_as(&mut self, width: u32, height: u32, scheme: &str) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", size);
        let feature = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": feature }));
    }

    /// Loads a page.
    pub(crate) fn open(&mut self, url: &str) {
        let loaded = self.call("Page.navigate", json!({ "url": url }));
        assert!(loaded["errorText"].is_null(), "{loaded}");
        self.wait_for(&format!("location.href === {}", json!(url)));
    }

    /// Waits until the page is loaded and something is true of it.
    pub(crate) fn wait_for(&mut self, what: &str) {
        let what = format!("document.readyState === 'complete' && {what}");
        let start = Instant::now();
        while self.try_evaluate(&what) != Some(Value::Bool(true)) {
            if start.elapsed() > PATIENCE {
                let page = self.try_evaluate("location.href + document.body.innerText");
                panic!("never came: {what}; the page is {page:?}");
            }
            thread::sleep(Duration::from_millis(30));
        }
    }

    /// Returns what an expression is in the page, as JSON.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let value = self.try_evaluate(expression);
        value.unwrap_or_else(|| panic!("{expression} failed"))
    }

    /// Returns `None` while the page is being replaced, or when the expression fails.
    fn try_evaluate(&mut self, expression: &str) -> Option<Value> {
        let params = json!({ "expression": expression, "returnByValue": true });
        let mut answer = self.try_call("Runtime.evaluate", &params).ok()?;
        if !answer["exceptionDetails"].is_null() {
            return None;
        }
        Some(answer["result"]["value"].take())
    }

    /// Presses and releases the mouse over an element.
    pub(crate) fn click(&mut self, selector: &str) {
        let place = format!(
            "(() => {{
                const element = document.querySelector({});
                element.scrollIntoView({{ block: 'center' }});
                const box = element.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }})()",
            json!(selector)
        );
        let place = self.evaluate(&place);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({
                "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Types a text into an element, as keys.
    pub(crate) fn type_into(&mut self, selector: &str, text: &str) {
        let focus = format!("document.querySelector({}).focus()", json!(selector));
        self.evaluate(&focus);
        for letter in text.chars() {
            let event = json!({ "type": "char", "text": letter.to_string() });
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Returns a picture of the page: a PNG as base64.
    pub(crate) fn picture(&mut self) -> String {
        let answer = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        answer["data"].as_str().unwrap().to_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A browser that is told to end takes its helpers with it.
        self.session = None;
        let close = json!({ "id": 0, "method": "Browser.close" });
        let _ = self.commands.write_all(format!("{close}\0").as_bytes());
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
