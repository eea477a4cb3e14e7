use std::{borrow::Cow, collections::HashMap, mem};

use dlc_model::Value;
use granit_parser::{Event, Marker, Options, Parser, ScalarStyle, ScanError, Tag};

use super::{MAX_BYTES, MAX_DEPTH, MAX_NODES, ReadYamlErrorKind, scalar};

type Result<T> = std::result::Result<T, ReadYamlErrorKind>;

/// Builds the value of the only document of a text.
pub(super) fn build(text: &str) -> Result<Value> {
    let mut options = Options::default();
    options.emit_comments = false;
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| syntax_error(&error))?;
        builder.accept(event, &span.start)?;
    }
    Ok(builder.document.unwrap_or_default())
}

#[derive(Default)]
struct Builder {
    document: Option<Value>,
    open: Vec<Open>,
    /// The values that aliases refer to, with their sizes.
    anchors: HashMap<usize, (Value, Size)>,
    total: Size,
}

/// A list or dictionary whose end has not been seen.
struct Open {
    content: Content,
    anchor: usize,
    /// What had been read before it began.
    before: Size,
}

enum Content {
    List(Vec<Value>),
    Dict {
        entries: Entries,
        key: Option<(Value, bool)>,
    },
}

/// How many values there are, and how many bytes their texts have.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
}

impl Builder {
    fn accept(&mut self, event: Event<'_>, at: &Marker) -> Result<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(
                    Size {
                        nodes: 1,
                        bytes: text.len(),
                    },
                    at,
                )?;
                let is_merge = &*text == "<<" && style == ScalarStyle::Plain && tag.is_none();
                let value = scalar(text, style, tag.as_deref(), at)?;
                let size = Size {
                    nodes: 1,
                    bytes: text_bytes(&value),
                };
                self.remember(anchor, &value, size);
                self.put(value, is_merge, at)
            }
            Event::SequenceStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), &["seq", "python/tuple"], at)?;
                self.open(Content::List(Vec::new()), anchor, at)
            }
            Event::MappingStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), &["map"], at)?;
                let entries = Entries::default();
                self.open(Content::Dict { entries, key: None }, anchor, at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(at),
            Event::Alias(anchor) => {
                let Some((value, size)) = self.anchors.get(&anchor) else {
                    return Err(error(at, "an alias inside what it refers to"));
                };
                let (value, size) = (value.clone(), *size);
                self.count(size, at)?;
                self.put(value, false, at)
            }
            Event::DocumentStart(..) if self.document.is_some() => {
                Err(error(at, "a second document, expected one"))
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, size: Size, at: &Marker) -> Result<()> {
        self.total.nodes += size.nodes;
        self.total.bytes += size.bytes;
        if self.total.nodes > MAX_NODES {
            return Err(ReadYamlErrorKind::TooManyNodes { line: at.line() });
        }
        if self.total.bytes > MAX_BYTES {
            return Err(ReadYamlErrorKind::TooLarge);
        }
        Ok(())
    }

    fn remember(&mut self, anchor: usize, value: &Value, size: Size) {
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), size));
        }
    }

    fn open(&mut self, content: Content, anchor: usize, at: &Marker) -> Result<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(ReadYamlErrorKind::TooDeep { line: at.line() });
        }
        let before = self.total;
        self.count(Size { nodes: 1, bytes: 0 }, at)?;
        self.open.push(Open {
            content,
            anchor,
            before,
        });
        Ok(())
    }

    fn close(&mut self, at: &Marker) -> Result<()> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.content {
            Content::List(items) => Value::List(items),
            Content::Dict { entries, .. } => Value::Dict(entries.list),
        };
        if open.anchor > 0 {
            let size = Size {
                nodes: self.total.nodes - open.before.nodes,
                bytes: self.total.bytes - open.before.bytes,
            };
            // The copy that aliases are made of takes memory too.
            self.count(size, at)?;
            self.remember(open.anchor, &value, size);
        }
        self.put(value, false, at)
    }

    fn put(&mut self, value: Value, is_merge: bool, at: &Marker) -> Result<()> {
        // An alias may put a deep value into a deep place.
        if self.open.len() + depth(&value) > MAX_DEPTH {
            return Err(ReadYamlErrorKind::TooDeep { line: at.line() });
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.document = Some(value),
            Some(Content::List(items)) => items.push(value),
            Some(Content::Dict { entries, key }) => match key.take() {
                None => *key = Some((value, is_merge)),
                Some((_, true)) => entries.merge(value, at)?,
                Some((key, false)) => entries.insert(key, value),
            },
        }
        Ok(())
    }
}

/// The entries of a dictionary, each key once.
#[derive(Default)]
struct Entries {
    list: Vec<(Value, Value)>,
    places: HashMap<String, usize>,
}

impl Entries {
    /// Inserts an entry; a key that is there keeps its place and gets the new value.
    fn insert(&mut self, key: Value, value: Value) {
        match self.places.get(&place(&key)) {
            Some(&index) => self.list[index].1 = value,
            None => {
                self.places.insert(place(&key), self.list.len());
                self.list.push((key, value));
            }
        }
    }

    /// Inserts, before all others, the entries of what stands behind `<<`.
    fn merge(&mut self, value: Value, at: &Marker) -> Result<()> {
        let sources = match value {
            Value::List(sources) => sources,
            source => vec![source],
        };
        let own = mem::take(self);
        for source in sources.into_iter().rev() {
            let Value::Dict(entries) = source else {
                return Err(error(at, "`<<` without a dictionary"));
            };
            entries
                .into_iter()
                .for_each(|(key, value)| self.insert(key, value));
        }
        own.list
            .into_iter()
            .for_each(|(key, value)| self.insert(key, value));
        Ok(())
    }
}

/// Returns a text that is the same for equal keys.
fn place(key: &Value) -> String {
    format!("{key:?}")
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>, at: &Marker) -> Result<Value> {
    let Some(tag) = tag else {
        return Ok(match style {
            ScalarStyle::Plain => scalar::resolve(&text),
            _ => Value::String(text.into_owned()),
        });
    };
    let kind = core_suffix(tag);
    let value = match kind.as_deref() {
        Some("str" | "python/unicode" | "python/str" | "timestamp") => {
            Some(Value::String(text.into_owned()))
        }
        _ if tag.original() == "!" => Some(Value::String(text.into_owned())),
        Some("null") => Some(Value::None),
        Some("bool") => Some(scalar::resolve(&text)).filter(|v| v.as_bool().is_some()),
        Some("int") => scalar::number(&text).filter(|v| v.as_int().is_some()),
        Some("float") => scalar::number(&text)
            .and_then(|v| v.as_float())
            .map(Value::Float),
        _ => return Err(tag_error(tag, at)),
    };
    value.ok_or_else(|| {
        error(
            at,
            &format!("a value that its tag `{}` forbids", tag.original()),
        )
    })
}

fn check_tag(tag: Option<&Tag>, allowed: &[&str], at: &Marker) -> Result<()> {
    match tag {
        Some(tag) if !core_suffix(tag).is_some_and(|kind| allowed.contains(&&*kind)) => {
            Err(tag_error(tag, at))
        }
        _ => Ok(()),
    }
}

/// Returns what follows `!!`.
fn core_suffix(tag: &Tag) -> Option<Cow<'_, str>> {
    tag.suffix_in_namespace("tag:yaml.org,2002:")
}

fn tag_error(tag: &Tag, at: &Marker) -> ReadYamlErrorKind {
    error(at, &format!("the unknown tag `{}`", tag.original()))
}

fn text_bytes(value: &Value) -> usize {
    value.as_str().map_or(0, str::len)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Dict(entries) => {
            let inner = entries
                .iter()
                .map(|(key, value)| depth(key).max(depth(value)));
            1 + inner.max().unwrap_or(0)
        }
        _ => 0,
    }
}

fn error(at: &Marker, message: &str) -> ReadYamlErrorKind {
    ReadYamlErrorKind::Syntax {
        line: at.line(),
        column: at.col() + 1,
        message: message.into(),
    }
}

fn syntax_error(scan: &ScanError) -> ReadYamlErrorKind {
    error(scan.marker(), &scan.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        build(text).unwrap()
    }

    #[test]
    fn the_last_of_equal_keys_counts_in_the_place_of_the_first() {
        let expected = Value::dict([("a", 3.into()), ("b", 2.into())]);

        assert_eq!(value("a: 1\nb: 2\na: 3"), expected);
    }

    #[test]
    fn complex_keys_are_read() {
        let long = "/a folder/".repeat(30);
        let value = value(&format!("video_sets:\n  ? {long}\n  : crop: 0, 1\n"));

        assert!(value.at(&["video_sets", long.trim_end(), "crop"]).is_some());
    }

    #[test]
    fn aliases_are_followed_and_merged() {
        let text = "a: &x {p: 1, q: 2}\nb: *x\nc:\n  q: 3\n  <<: *x\n";
        let value = value(text);

        assert_eq!(value.get("a"), value.get("b"));
        let expected = Value::dict([("p", 1.into()), ("q", 3.into())]);
        assert_eq!(value.get("c"), Some(&expected));
    }

    #[test]
    fn empty_texts_are_nothing() {
        assert_eq!(value(""), Value::None);
        assert_eq!(value("# only a comment\n"), Value::None);
        assert_eq!(value("---\n"), Value::None);
    }

    #[test]
    fn a_bomb_of_aliases_does_not_go_off() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            bomb += &format!(
                "a{level}: &a{level} [{}]\n",
                [alias.as_str(); 10].join(", ")
            );
        }

        assert!(matches!(
            build(&bomb),
            Err(ReadYamlErrorKind::TooManyNodes { .. })
        ));
    }

    #[test]
    fn long_texts_are_counted_when_aliases_repeat_them() {
        let aliases = "- *x\n".repeat(1000);
        let text = format!("a: &x {}\nb:\n{aliases}", "y".repeat(100_000));

        assert!(matches!(build(&text), Err(ReadYamlErrorKind::TooLarge)));
    }

    #[test]
    fn depth_has_a_limit_also_through_aliases() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(build(&nested(MAX_DEPTH)).is_ok());
        assert!(matches!(
            build(&nested(MAX_DEPTH + 1)),
            Err(ReadYamlErrorKind::TooDeep { .. })
        ));

        let chained = format!(
            "- &a {}\n- &b {}",
            nested(90),
            nested(80).replace("[]", "[*a]")
        );
        assert!(matches!(
            build(&chained),
            Err(ReadYamlErrorKind::TooDeep { .. })
        ));
    }

    #[test]
    fn an_alias_cannot_contain_itself() {
        assert!(build("a: &x [*x]").is_err());
        assert!(build("a: *x").is_err());
    }

    #[test]
    fn tags_of_yaml_are_obeyed_and_others_refused() {
        assert_eq!(value("!!str 5"), "5".into());
        assert_eq!(value("!!float 5"), 5.0.into());
        assert_eq!(value("! 5"), "5".into());
        assert_eq!(value("!!python/tuple [1]"), Value::from_iter([1]));
        for text in [
            "!!python/object/apply:os.system ['true']",
            "!!python/object/new:x {}",
            "!!int x",
            "!own 5",
        ] {
            assert!(build(text).is_err(), "{text}");
        }
    }

    #[test]
    fn there_is_one_document() {
        assert!(build("a: 1\n---\nb: 2\n").is_err());
    }
}
