use super::{
    ReadPickleError, WritePickleError,
    arena::{Arena, Id, Node},
    machine::{Machine, Trace},
    opcode as op, read_slice, write,
};
use crate::{
    Limits,
    pickle::{Global, Value},
};

/// Sets an entry of a dict inside a pickle to a text, and returns the new pickle.
///
/// `path` are the keys that lead from the outermost dict to the one that is changed. All other
/// bytes stay as they are, and with them what this crate could not write: classes, arrays, any
/// protocol. The text is added by a few opcodes before the last one. A pickle from which
/// `pickletools.optimize` has taken what these need is written anew, when it is plain.
///
/// # Errors
///
/// Returns an error when the pickle cannot be read, when there is no such dict, or when it would
/// have to be written anew and is not plain.
///
/// # Examples
///
/// ```
/// use dlc_io::{Limits, pickle::{self, Value}};
///
/// let meta = Value::dict([("data", Value::dict([("fps", Value::from(30.0))]))]);
/// let bytes = pickle::write(&meta)?;
///
/// let start = "2020-10-13T11:02:00+02:00";
/// let bytes = pickle::set_text(&bytes, &["data"], "Start Timestamp", start, &Limits::default())?;
///
/// let read = pickle::read(&bytes[..], &Limits::default())?;
/// let data = read.get("data").ok_or("no data")?;
/// assert_eq!(data.get("Start Timestamp").and_then(Value::as_str), Some(start));
/// assert_eq!(data.get("fps").and_then(Value::as_f64), Some(30.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn set_text(
    bytes: &[u8],
    path: &[&str],
    key: &str,
    text: &str,
    limits: &Limits,
) -> Result<Vec<u8>, SetTextError> {
    let value = read_slice(bytes, limits)?; // refuses what is hostile before anything is done
    let mut arena = Arena::new(bytes.len(), limits);
    let trace = Machine::new(bytes, &mut arena).trace()?;
    let dict = find(&arena, trace.root, path).ok_or_else(|| SetTextError::NoDict {
        path: path.join("/"),
    })?;
    if text_of(&arena, dict, key) == Some(text) {
        return Ok(bytes.into());
    }
    let memo = trace.memo.iter().filter(|&(_, &id)| id == dict);
    match memo.map(|(&place, _)| place).min() {
        Some(place) => Ok(spliced(bytes, &trace, place, [key, text])),
        None => Ok(write(&changed(value, path, key, text))?),
    }
}

/// Follows keys from dict to dict.
fn find(arena: &Arena, root: Id, path: &[&str]) -> Option<Id> {
    let Node::Dict(items) = arena.node(root) else {
        return None;
    };
    let Some((key, rest)) = path.split_first() else {
        return Some(root);
    };
    find(arena, entry(arena, items, key)?, rest)
}

/// Returns the value of a key; the last one counts.
fn entry(arena: &Arena, items: &[(Id, Id)], key: &str) -> Option<Id> {
    let is_key = |id: Id| matches!(arena.node(id), Node::String(text) if **text == *key);
    let mut items = items.iter().rev();
    items.find_map(|&(name, value)| is_key(name).then_some(value))
}

fn text_of<'a>(arena: &'a Arena, dict: Id, key: &str) -> Option<&'a str> {
    let Node::Dict(items) = arena.node(dict) else {
        return None;
    };
    match arena.node(entry(arena, items, key)?) {
        Node::String(text) => Some(text),
        _ => None,
    }
}

/// Adds opcodes before the last: recall the dict, set the item, forget the dict. They are those of
/// protocol 0, which all protocols have.
fn spliced(bytes: &[u8], trace: &Trace, place: u32, texts: [&str; 2]) -> Vec<u8> {
    let mut added = Vec::new();
    added.push(op::GET);
    added.extend_from_slice(format!("{place}\n").as_bytes());
    for text in texts {
        added.push(op::UNICODE);
        added.extend_from_slice(escaped(text).as_bytes());
        added.push(b'\n');
    }
    added.extend([op::SETITEM, op::POP]);
    let (before, after) = bytes.split_at(trace.stop);
    let mut edited = [before, &added, after].concat();
    if let Some((length, end)) = trace.last_frame
        && end > trace.stop as u64
    {
        let len = end - (length as u64 + 8) + added.len() as u64;
        edited[length..length + 8].copy_from_slice(&len.to_le_bytes());
    }
    edited
}

/// Spells a text as Python's `raw-unicode-escape`, in ASCII and on one line.
fn escaped(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        match u32::from(c) {
            code if c == '\\' || !(0x20..0x7f).contains(&code) && code < 0x1_0000 => {
                line.push_str(&format!("\\u{code:04x}"));
            }
            code if code >= 0x1_0000 => line.push_str(&format!("\\U{code:08x}")),
            _ => line.push(c),
        }
    }
    line
}

/// Returns the value with the entry.
fn changed(value: Value, path: &[&str], key: &str, text: &str) -> Value {
    let Value::Dict(mut items) = value else {
        return value;
    };
    let next = path.first().copied().unwrap_or(key);
    let place = items.iter().rposition(|item| item.0.as_str() == Some(next));
    match (path.split_first(), place) {
        (Some((_, rest)), Some(place)) => {
            let inner = std::mem::replace(&mut items[place].1, Value::None);
            items[place].1 = changed(inner, rest, key, text);
        }
        (_, Some(place)) => items[place].1 = text.into(),
        (_, None) => items.push((key.into(), text.into())),
    }
    Value::Dict(items)
}

/// An error returned when an entry of a pickle cannot be set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetTextError {
    /// The pickle cannot be read.
    #[error("the pickle cannot be read")]
    Read(#[from] ReadPickleError),
    /// There is no such dict in it.
    #[error("the pickle has no dict {path:?}")]
    NoDict {
        /// The keys that lead to it.
        path: String,
    },
    /// The pickle would have to be written anew.
    #[error("the pickle must be written anew")]
    Write(#[from] WritePickleError),
}

impl Value {
    /// Returns the moment of a `datetime.datetime` as ISO 8601, with its offset from UTC where it
    /// has a `datetime.timezone`.
    pub fn as_iso_datetime(&self) -> Option<String> {
        let object = self.as_object()?;
        if !object.global()?.is("datetime", "datetime") {
            return None;
        }
        let fields: [u8; 10] = bytes_of(object.args.first()?)?.try_into().ok()?;
        let [high, low, month, day, hour, minute, second, a, b, c] = fields;
        // The month's highest bit tells which of two equal hours of a clock that was set back.
        let (year, month) = (u16::from_be_bytes([high, low]), month & 0x7f);
        let micros = u32::from_be_bytes([0, a, b, c]);
        let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        if micros > 0 {
            text.push_str(&format!(".{micros:06}"));
        }
        if let Some(zone) = object.args.get(1) {
            text.push_str(&offset_of(zone)?);
        }
        Some(text)
    }
}

/// Returns the offset from UTC of a `datetime.timezone`: `+02:00`.
fn offset_of(zone: &Value) -> Option<String> {
    let zone = zone.as_object()?;
    let is = |global: Option<&Global>, name| global.is_some_and(|g| g.is("datetime", name));
    if !is(zone.global(), "timezone") {
        return None;
    }
    let delta = zone.args.first()?.as_object()?;
    let [days, seconds, ..] = &delta.args[..] else {
        return None;
    };
    if !is(delta.global(), "timedelta") {
        return None;
    }
    let days = days.as_i64().filter(|days| days.abs() <= 1)?;
    let seconds = seconds.as_i64().filter(|s| (0..86_400).contains(s))?;
    let minutes = (days * 86_400 + seconds) / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    Some(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60))
}

/// Returns bytes, also those of Python 2, which are a text with a character for each.
fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => text.chars().map(|c| u8::try_from(c).ok()).collect(),
        value => value.as_bytes().map(Vec::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(bytes: &[u8], path: &[&str], text: &str) -> Result<Vec<u8>, SetTextError> {
        set_text(bytes, path, "Start Timestamp", text, &Limits::default())
    }

    fn started(bytes: &[u8]) -> Option<String> {
        let value = read_slice(bytes, &Limits::default()).unwrap();
        let start = value.get("data")?.get("Start Timestamp")?.as_str()?;
        Some(start.into())
    }

    #[test]
    fn an_entry_is_added_and_replaced() {
        // Source: pickle.dumps({"data": {"fps": 1}}, protocol) of Python 3.11
        let protocols: [&[u8]; 3] = [
            b"(dp0\nVdata\np1\n(dp2\nVfps\np3\nI1\nss.",
            b"\x80\x02}q\x00X\x04\x00\x00\x00dataq\x01}q\x02X\x03\x00\x00\x00fpsq\x03K\x01ss.",
            b"\x80\x05\x95\x16\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x04data\x94}\x94\x8c\x03fps\
              \x94K\x01ss.",
        ];
        for bytes in protocols {
            let once = set(bytes, &["data"], "2020-10-13T11:02Z").unwrap();
            assert_eq!(started(&once).as_deref(), Some("2020-10-13T11:02Z"));
            let twice = set(&once, &["data"], "é\\\n🐭").unwrap();
            assert_eq!(started(&twice).as_deref(), Some("é\\\n🐭"));
            assert_eq!(set(&twice, &["data"], "é\\\n🐭").unwrap(), twice);
            let value = read_slice(&twice, &Limits::default()).unwrap();
            let fps = value.get("data").and_then(|data| data.get("fps"));
            assert_eq!(fps, Some(&Value::Int(1)));
        }
    }

    #[test]
    fn a_pickle_without_memo_is_written_anew_when_it_is_plain() {
        let plain = b"\x80\x02}X\x04\x00\x00\x00data}X\x03\x00\x00\x00fpsK\x01ss.";
        let edited = set(plain, &["data"], "now").unwrap();
        assert_eq!(started(&edited).as_deref(), Some("now"));

        let class = b"\x80\x02}X\x04\x00\x00\x00data}X\x03\x00\x00\x00fpscos\nsystem\nss.";
        let error = set(class, &["data"], "now").unwrap_err();
        assert!(matches!(error, SetTextError::Write(_)));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let list = b"\x80\x02]q\x00.";
        for path in [&[][..], &["data"]] {
            let error = set(list, path, "now").unwrap_err();
            assert!(matches!(error, SetTextError::NoDict { .. }));
        }
        let error = set(b"\x80\x02}q\x00", &[], "now").unwrap_err();
        assert!(matches!(error, SetTextError::Read(_)));
    }

    #[test]
    fn moments_are_texts() {
        // Source: pickle.dumps(datetime(2020, 10, 13, 11, 2, 10, 500000, timezone(timedelta(
        // hours=-3, minutes=-30))), 3) of Python 3.11
        let bytes = b"\x80\x03cdatetime\ndatetime\nq\x00C\n\x07\xe4\n\r\x0b\x02\n\x07\xa1 q\x01\
            cdatetime\ntimezone\nq\x02cdatetime\ntimedelta\nq\x03J\xff\xff\xff\xffJ\x48\x20\x01\
            \x00K\x00\x87q\x04Rq\x05\x85q\x06Rq\x07\x86q\x08Rq\t.";
        let value = read_slice(bytes, &Limits::default()).unwrap();
        let text = value.as_iso_datetime();
        assert_eq!(text.as_deref(), Some("2020-10-13T11:02:10.500000-03:30"));
        assert_eq!(Value::Int(1).as_iso_datetime(), None);
    }
}
