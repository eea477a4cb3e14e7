use std::collections::HashMap;

use crate::Limits;

use super::{Value, WritePickleError as Error, opcode as op};

/// How many elements an opcode adds at once, as Python does it.
const BATCH_LEN: usize = 1000;
/// A frame ends once it has as many bytes.
const FRAME_LEN: usize = 64 * 1024;
/// Fewer bytes than these go without a frame.
const SHORTEST_FRAME: usize = 4;

/// Writes a plain value as a pickle of protocol 5, which Python 3.8 and later read.
///
/// The bytes are those of Python's `pickle.dumps(value, protocol=5)` when equal texts are one
/// object there, as literals and names are.
///
/// # Errors
///
/// Returns an error for values that are not plain (arrays, globals, objects, persistent ids) and
/// for containers more than [`Limits::DEEPEST`] deep.
pub fn write(value: &Value) -> Result<Vec<u8>, Error> {
    let mut writer = Writer {
        out: vec![op::PROTO, 5],
        frame: Vec::new(),
        texts: HashMap::new(),
        memo_len: 0,
    };
    writer.value(value, 0)?;
    writer.frame.push(op::STOP);
    writer.end_frame();
    Ok(writer.out)
}

struct Writer<'a> {
    out: Vec<u8>,
    frame: Vec<u8>,
    texts: HashMap<&'a str, u32>,
    memo_len: u32,
}

impl<'a> Writer<'a> {
    fn value(&mut self, value: &'a Value, depth: usize) -> Result<(), Error> {
        if depth > Limits::DEEPEST {
            let limit = Limits::DEEPEST;
            return Err(Error::TooDeep { limit });
        }
        if self.frame.len() >= FRAME_LEN {
            self.end_frame();
        }
        match value {
            Value::None => self.frame.push(op::NONE),
            Value::Bool(true) => self.frame.push(op::NEWTRUE),
            Value::Bool(false) => self.frame.push(op::NEWFALSE),
            Value::Int(value) => self.int(*value),
            Value::BigInt(bytes) => self.long(bytes),
            Value::Float(value) => self.code(op::BINFLOAT, &value.to_be_bytes()),
            Value::String(text) => self.text(text),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::ByteArray(bytes) => {
                self.counted(op::BYTEARRAY8, &long_len(bytes), bytes);
                self.memoize();
            }
            Value::List(elements) => self.list(elements, depth)?,
            Value::Tuple(elements) => self.tuple(elements, depth)?,
            Value::Set(elements) => self.set(elements, depth)?,
            Value::FrozenSet(elements) => {
                self.frame.push(op::MARK);
                self.all(elements, depth)?;
                self.frame.push(op::FROZENSET);
                self.memoize();
            }
            Value::Dict(items) => self.dict(items, depth)?,
            other => return Err(Error::UnsupportedValue(other.kind())),
        }
        Ok(())
    }

    fn int(&mut self, value: i64) {
        if let Ok(value) = u8::try_from(value) {
            self.code(op::BININT1, &[value]);
        } else if let Ok(value) = u16::try_from(value) {
            self.code(op::BININT2, &value.to_le_bytes());
        } else if let Ok(value) = i32::try_from(value) {
            self.code(op::BININT, &value.to_le_bytes());
        } else {
            self.long(&value.to_le_bytes());
        }
    }

    fn long(&mut self, bytes: &[u8]) {
        let bytes = super::integer::trim(bytes);
        if let Ok(len) = u8::try_from(bytes.len()) {
            self.code(op::LONG1, &[len]);
        } else {
            self.code(op::LONG4, &long_len(bytes)[..4]);
        }
        self.frame.extend(bytes);
    }

    fn text(&mut self, text: &'a str) {
        if let Some(&place) = self.texts.get(text) {
            return self.recall(place);
        }
        let bytes = text.as_bytes();
        let len = long_len(bytes);
        match bytes.len() {
            0..0x100 => self.counted(op::SHORT_BINUNICODE, &len[..1], bytes),
            0x100..0x1_0000_0000 => self.counted(op::BINUNICODE, &len[..4], bytes),
            _ => self.counted(op::BINUNICODE8, &len, bytes),
        }
        self.texts.insert(text, self.memo_len);
        self.memoize();
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let len = long_len(bytes);
        match bytes.len() {
            0..0x100 => self.counted(op::SHORT_BINBYTES, &len[..1], bytes),
            0x100..0x1_0000_0000 => self.counted(op::BINBYTES, &len[..4], bytes),
            _ => self.counted(op::BINBYTES8, &len, bytes),
        }
        self.memoize();
    }

    fn list(&mut self, elements: &'a [Value], depth: usize) -> Result<(), Error> {
        self.frame.push(op::EMPTY_LIST);
        self.memoize();
        if let [element] = elements {
            self.value(element, depth + 1)?;
            self.frame.push(op::APPEND);
            return Ok(());
        }
        for batch in elements.chunks(BATCH_LEN) {
            self.frame.push(op::MARK);
            self.all(batch, depth)?;
            self.frame.push(op::APPENDS);
        }
        Ok(())
    }

    fn tuple(&mut self, elements: &'a [Value], depth: usize) -> Result<(), Error> {
        if elements.len() > 3 {
            self.frame.push(op::MARK);
        }
        self.all(elements, depth)?;
        self.frame.push(match elements.len() {
            0 => op::EMPTY_TUPLE,
            1 => op::TUPLE1,
            2 => op::TUPLE2,
            3 => op::TUPLE3,
            _ => op::TUPLE,
        });
        if !elements.is_empty() {
            self.memoize();
        }
        Ok(())
    }

    fn set(&mut self, elements: &'a [Value], depth: usize) -> Result<(), Error> {
        self.frame.push(op::EMPTY_SET);
        self.memoize();
        for batch in elements.chunks(BATCH_LEN) {
            self.frame.push(op::MARK);
            self.all(batch, depth)?;
            self.frame.push(op::ADDITEMS);
        }
        Ok(())
    }

    fn dict(&mut self, items: &'a [(Value, Value)], depth: usize) -> Result<(), Error> {
        self.frame.push(op::EMPTY_DICT);
        self.memoize();
        if let [item] = items {
            self.item(item, depth)?;
            self.frame.push(op::SETITEM);
            return Ok(());
        }
        for batch in items.chunks(BATCH_LEN) {
            self.frame.push(op::MARK);
            for item in batch {
                self.item(item, depth)?;
            }
            self.frame.push(op::SETITEMS);
        }
        if !items.is_empty() && items.len().is_multiple_of(BATCH_LEN) {
            // Python looks for a next item only after it has begun the next batch.
            self.frame.extend([op::MARK, op::SETITEMS]);
        }
        Ok(())
    }

    fn item(&mut self, (key, value): &'a (Value, Value), depth: usize) -> Result<(), Error> {
        self.value(key, depth + 1)?;
        self.value(value, depth + 1)
    }

    fn all(&mut self, elements: &'a [Value], depth: usize) -> Result<(), Error> {
        elements
            .iter()
            .try_for_each(|element| self.value(element, depth + 1))
    }

    fn code(&mut self, opcode: u8, argument: &[u8]) {
        self.frame.push(opcode);
        self.frame.extend(argument);
    }

    /// Writes an opcode, a length and as many bytes; large ones go between frames.
    fn counted(&mut self, opcode: u8, len: &[u8], bytes: &[u8]) {
        if bytes.len() < FRAME_LEN {
            self.code(opcode, len);
            self.frame.extend(bytes);
            return;
        }
        self.end_frame();
        self.out.push(opcode);
        self.out.extend(len);
        self.out.extend(bytes);
    }

    fn memoize(&mut self) {
        self.frame.push(op::MEMOIZE);
        self.memo_len += 1;
    }

    fn recall(&mut self, place: u32) {
        match u8::try_from(place) {
            Ok(place) => self.code(op::BINGET, &[place]),
            Err(_) => self.code(op::LONG_BINGET, &place.to_le_bytes()),
        }
    }

    fn end_frame(&mut self) {
        if self.frame.len() >= SHORTEST_FRAME {
            self.out.push(op::FRAME);
            self.out.extend(long_len(&self.frame));
        }
        self.out.append(&mut self.frame);
    }
}

fn long_len(bytes: &[u8]) -> [u8; 8] {
    (bytes.len() as u64).to_le_bytes()
}
