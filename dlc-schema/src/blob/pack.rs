use super::{Array, Blob, Elements, MatStruct, Records, big_int::BigInt};

/// Packs an object with its protocol before it.
pub(super) fn pack(blob: &Blob) -> Vec<u8> {
    let protocol = if blob.is_native() { b"dj0\0" } else { b"mYm\0" };
    let mut packer = Packer {
        out: protocol.to_vec(),
    };
    packer.object(blob);
    packer.out
}

struct Packer {
    out: Vec<u8>,
}

impl Packer {
    fn object(&mut self, blob: &Blob) {
        match blob {
            Blob::None => self.put(&[0xff]),
            Blob::Bool(value) => self.put(&[0x0b, u8::from(*value)]),
            Blob::Int(value) => self.int(&BigInt::from(i128::from(*value))),
            Blob::BigInt(value) => self.int(value),
            Blob::Float(value) => self.all(0x0d, &value.to_le_bytes()),
            Blob::Complex(re, im) => {
                self.all(0x0c, &re.to_le_bytes());
                self.put(&im.to_le_bytes());
            }
            Blob::String(text) => self.sized(0x05, text.as_bytes()),
            Blob::Bytes(bytes) => self.sized(0x06, bytes),
            Blob::Decimal(decimal) => self.sized(b'd', decimal.as_str().as_bytes()),
            Blob::Tuple(items) => self.items(0x01, items),
            Blob::List(items) => self.items(0x02, items),
            Blob::Set(items) => self.items(0x03, items),
            Blob::Dict(entries) => self.dict(entries),
            Blob::Date(date) => self.moment(date.number(), -1),
            Blob::Time(time) => self.moment(-1, time.number()),
            Blob::DateTime(date, time) => self.moment(date.number(), time.number()),
            Blob::Uuid(bytes) => self.all(b'u', bytes),
            Blob::Array(array) => self.array(array),
            Blob::Records(records) => self.records(records),
            Blob::Cell(cell) => {
                self.put(b"C");
                self.shape(cell.shape());
                self.children(cell.values());
            }
            Blob::Struct(structs) => self.structs(structs),
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn put_len(&mut self, length: usize) {
        self.put(&(length as u64).to_le_bytes());
    }

    fn put_count(&mut self, count: usize) {
        let count = u32::try_from(count).expect("fewer than 2³² fields");
        self.put(&count.to_le_bytes());
    }

    fn all(&mut self, code: u8, bytes: &[u8]) {
        self.put(&[code]);
        self.put(bytes);
    }

    fn sized(&mut self, code: u8, bytes: &[u8]) {
        self.put(&[code]);
        self.put_len(bytes.len());
        self.put(bytes);
    }

    fn int(&mut self, value: &BigInt) {
        let bytes = value.as_le_bytes();
        let length = u16::try_from(bytes.len()).expect("a BigInt has at most 65535 bytes");
        self.all(0x0a, &length.to_le_bytes());
        self.put(bytes);
    }

    fn moment(&mut self, date: i32, time: i64) {
        self.all(b't', &date.to_le_bytes());
        self.put(&time.to_le_bytes());
    }

    fn items(&mut self, code: u8, items: &[Blob]) {
        self.put(&[code]);
        self.put_len(items.len());
        self.children(items);
    }

    fn dict(&mut self, entries: &[(Blob, Blob)]) {
        self.put(&[0x04]);
        self.put_len(entries.len());
        for (key, value) in entries {
            self.child(key);
            self.child(value);
        }
    }

    fn children(&mut self, blobs: &[Blob]) {
        blobs.iter().for_each(|blob| self.child(blob));
    }

    /// Packs an object with its length before it.
    fn child(&mut self, blob: &Blob) {
        let start = self.out.len();
        self.put_len(0);
        self.object(blob);
        let length = (self.out.len() - start - 8) as u64;
        self.out[start..start + 8].copy_from_slice(&length.to_le_bytes());
    }

    fn shape(&mut self, shape: &[usize]) {
        self.put_len(shape.len());
        shape.iter().for_each(|length| self.put_len(*length));
    }

    fn names<'a>(&mut self, names: impl ExactSizeIterator<Item = &'a String>) {
        self.put_count(names.len());
        for name in names {
            self.put(name.as_bytes());
            self.put(&[0]);
        }
    }

    fn structs(&mut self, structs: &MatStruct) {
        self.put(b"S");
        self.shape(structs.shape());
        self.names(structs.fields().iter());
        self.children(structs.values());
    }

    fn records(&mut self, records: &Records) {
        self.put(b"F");
        self.names(records.fields().iter().map(|(name, _)| name));
        for (_, field) in records.fields() {
            self.object(field);
        }
    }

    fn array(&mut self, array: &Array) {
        self.put(b"A");
        self.shape(array.shape());
        let elements = array.elements();
        let (code, is_complex) = type_of(elements);
        self.put(&code.to_le_bytes());
        self.put(&u32::from(is_complex).to_le_bytes());
        self.elements(elements);
    }

    fn elements(&mut self, elements: &Elements) {
        match elements {
            Elements::Bool(of) => self.numbers(of, |value| [u8::from(*value)]),
            Elements::I8(of) => self.numbers(of, |value| value.to_le_bytes()),
            Elements::U8(of) => self.put(of),
            Elements::I16(of) => self.numbers(of, |value| value.to_le_bytes()),
            Elements::U16(of) | Elements::Char(of) => self.numbers(of, |value| value.to_le_bytes()),
            Elements::I32(of) => self.numbers(of, |value| value.to_le_bytes()),
            Elements::U32(of) => self.numbers(of, |value| value.to_le_bytes()),
            Elements::I64(of) | Elements::DateTime64(_, of) => {
                self.numbers(of, |value| value.to_le_bytes());
            }
            Elements::U64(of) => self.numbers(of, |value| value.to_le_bytes()),
            Elements::F32(of) => self.numbers(of, |value| value.to_le_bytes()),
            Elements::F64(of) => self.numbers(of, |value| value.to_le_bytes()),
            Elements::Complex64(of) => {
                self.numbers(of, |(re, _)| re.to_le_bytes());
                self.numbers(of, |(_, im)| im.to_le_bytes());
            }
            Elements::Complex128(of) => {
                self.numbers(of, |(re, _)| re.to_le_bytes());
                self.numbers(of, |(_, im)| im.to_le_bytes());
            }
            Elements::Objects(of) => self.children(of),
        }
    }

    fn numbers<T, const N: usize>(&mut self, numbers: &[T], bytes: impl Fn(&T) -> [u8; N]) {
        self.out.reserve(numbers.len() * N);
        for number in numbers {
            self.put(&bytes(number));
        }
    }
}

/// Returns mYm's number of a type and whether it is complex.
fn type_of(elements: &Elements) -> (u32, bool) {
    let code = match elements {
        Elements::Bool(_) => 3,
        Elements::Char(_) => 4,
        Elements::Objects(_) => 5,
        Elements::F64(_) | Elements::Complex128(_) => 6,
        Elements::F32(_) | Elements::Complex64(_) => 7,
        Elements::I8(_) => 8,
        Elements::U8(_) => 9,
        Elements::I16(_) => 10,
        Elements::U16(_) => 11,
        Elements::I32(_) => 12,
        Elements::U32(_) => 13,
        Elements::I64(_) => 14,
        Elements::U64(_) => 15,
        Elements::DateTime64(unit, _) => 65_536 + *unit as u32,
    };
    let is_complex = matches!(elements, Elements::Complex64(_) | Elements::Complex128(_));
    (code, is_complex)
}
