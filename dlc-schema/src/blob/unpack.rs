use super::{
    Array, BigInt, Blob, BlobLimits, Date, DecodeBlobError, DecodeBlobErrorKind as Kind, Elements,
    MatCell, MatStruct, Records, Time, TimeUnit, array,
};

/// The fewest bytes of an object inside another: its length and its kind.
const SMALLEST_CHILD: usize = 9;
const MAX_AXES: u64 = 64;

/// Unpacks an object that has its protocol before it.
pub(super) fn unpack(bytes: &[u8], limits: BlobLimits) -> Result<Blob, DecodeBlobError> {
    if !bytes.starts_with(b"mYm\0") && !bytes.starts_with(b"dj0\0") {
        let start = bytes.get(..6).unwrap_or(bytes);
        return Err(Kind::Protocol(start.escape_ascii().to_string()).at(0));
    }
    let mut unpacker = Unpacker {
        bytes,
        at: 4,
        depth: limits.max_depth.min(BlobLimits::DEEPEST),
        max_depth: limits.max_depth.min(BlobLimits::DEEPEST),
    };
    let blob = unpacker.object()?;
    match unpacker.rest() {
        0 => Ok(blob),
        rest => {
            let (expected, found) = ((bytes.len() - rest) as u64, bytes.len());
            Err(unpacker.error(Kind::Length { expected, found }))
        }
    }
}

type Unpacked<T> = Result<T, DecodeBlobError>;

struct Unpacker<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How many more objects may be inside this one.
    depth: usize,
    max_depth: usize,
}

impl Unpacker<'_> {
    fn error(&self, kind: Kind) -> DecodeBlobError {
        kind.at(self.at)
    }

    fn rest(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn object(&mut self) -> Unpacked<Blob> {
        let Some(depth) = self.depth.checked_sub(1) else {
            return Err(self.error(Kind::TooDeep(self.max_depth)));
        };
        let before = std::mem::replace(&mut self.depth, depth);
        let object = self.object_inside();
        self.depth = before;
        object
    }

    fn object_inside(&mut self) -> Unpacked<Blob> {
        let start = self.at;
        Ok(match self.take::<1>()?[0] {
            b'A' => Blob::Array(self.array()?),
            b'C' => Blob::Cell(self.cell()?),
            b'S' => Blob::Struct(self.structs()?),
            b'F' => Blob::Records(self.records()?),
            b'P' => return Err(Kind::Sparse.at(start)),
            0x01 => Blob::Tuple(self.items()?),
            0x02 => Blob::List(self.items()?),
            0x03 => Blob::Set(self.items()?),
            0x04 => Blob::Dict(self.dict()?),
            0x05 => Blob::String(self.text()?.to_owned()),
            0x06 => Blob::Bytes(self.sized()?.to_vec()),
            0x0a => self.int()?,
            0x0b => Blob::Bool(self.take::<1>()? != [0]),
            0x0c => Blob::Complex(self.float()?, self.float()?),
            0x0d => Blob::Float(self.float()?),
            b'd' => {
                let start = self.at;
                let decimal = self.text()?.parse();
                Blob::Decimal(decimal.map_err(|error| Kind::Decimal(error).at(start))?)
            }
            b't' => self.moment()?,
            b'u' => Blob::Uuid(self.take()?),
            0xff => Blob::None,
            other => return Err(Kind::UnknownObject(other).at(start)),
        })
    }

    /// Returns the next bytes.
    fn slice(&mut self, length: u64) -> Unpacked<&[u8]> {
        let Some(length) = usize::try_from(length).ok().filter(|l| *l <= self.rest()) else {
            let (expected, found) = (length, self.rest());
            return Err(self.error(Kind::Truncated { expected, found }));
        };
        self.at += length;
        Ok(&self.bytes[self.at - length..self.at])
    }

    fn take<const N: usize>(&mut self) -> Unpacked<[u8; N]> {
        let slice = self.slice(N as u64)?;
        Ok(slice.try_into().expect("as many bytes as were asked for"))
    }

    fn u64(&mut self) -> Unpacked<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn u32(&mut self) -> Unpacked<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn float(&mut self) -> Unpacked<f64> {
        self.take().map(f64::from_le_bytes)
    }

    fn sized(&mut self) -> Unpacked<&[u8]> {
        let length = self.u64()?;
        self.slice(length)
    }

    fn text(&mut self) -> Unpacked<&str> {
        let start = self.at + 8;
        str::from_utf8(self.sized()?).map_err(|error| Kind::Text(error).at(start))
    }

    fn int(&mut self) -> Unpacked<Blob> {
        let start = self.at;
        let length = u16::from_le_bytes(self.take()?);
        let value = BigInt::from_le_bytes(self.slice(length.into())?);
        let value = value.map_err(|error| Kind::BigInt(error).at(start))?;
        let small = value.to_i128().and_then(|value| i64::try_from(value).ok());
        Ok(small.map_or(Blob::BigInt(value), Blob::Int))
    }

    fn moment(&mut self) -> Unpacked<Blob> {
        let start = self.at;
        let date = i32::from_le_bytes(self.take()?);
        let time = i64::from_le_bytes(self.take()?);
        let invalid = |error| Kind::Moment(error).at(start);
        let date = (date >= 0).then(|| Date::from_number(date));
        let time = (time >= 0).then(|| Time::from_number(time));
        match (
            date.transpose().map_err(invalid)?,
            time.transpose().map_err(invalid)?,
        ) {
            (Some(date), Some(time)) => Ok(Blob::DateTime(date, time)),
            (Some(date), None) => Ok(Blob::Date(date)),
            (None, Some(time)) => Ok(Blob::Time(time)),
            (None, None) => Err(Kind::NoMoment.at(start)),
        }
    }

    fn items(&mut self) -> Unpacked<Vec<Blob>> {
        let count = self.u64()?;
        self.children(count)
    }

    fn dict(&mut self) -> Unpacked<Vec<(Blob, Blob)>> {
        let count = self.u64()?;
        self.check_children(count.saturating_mul(2))?;
        (0..count)
            .map(|_| Ok((self.child()?, self.child()?)))
            .collect()
    }

    fn children(&mut self, count: u64) -> Unpacked<Vec<Blob>> {
        self.check_children(count)?;
        (0..count).map(|_| self.child()).collect()
    }

    /// Refuses a number of objects that the rest of the bytes cannot hold.
    fn check_children(&self, count: u64) -> Unpacked<()> {
        let expected = count.saturating_mul(SMALLEST_CHILD as u64);
        let found = self.rest();
        if expected > found as u64 {
            return Err(self.error(Kind::Truncated { expected, found }));
        }
        Ok(())
    }

    /// Reads an object that has its length before it.
    fn child(&mut self) -> Unpacked<Blob> {
        let expected = self.u64()?;
        let start = self.at;
        let object = self.object()?;
        let found = self.at - start;
        if found as u64 != expected {
            return Err(Kind::Length { expected, found }.at(start));
        }
        Ok(object)
    }

    /// Reads the lengths of axes and how many elements they stand for.
    fn shape(&mut self) -> Unpacked<(Vec<usize>, usize)> {
        let axes = self.u64()?;
        if axes > MAX_AXES {
            return Err(self.error(Kind::Axes(axes)));
        }
        let lengths: Vec<u64> = (0..axes).map(|_| self.u64()).collect::<Unpacked<_>>()?;
        let shape: Option<Vec<_>> = lengths.iter().map(|l| usize::try_from(*l).ok()).collect();
        let counted = shape.and_then(|shape| array::count(&shape).map(|count| (shape, count)));
        counted.ok_or_else(|| self.error(Kind::Shape(lengths)))
    }

    fn names(&mut self) -> Unpacked<Vec<String>> {
        let count = self.u32()?;
        if u64::from(count) > self.rest() as u64 {
            let (expected, found) = (count.into(), self.rest());
            return Err(self.error(Kind::Truncated { expected, found }));
        }
        (0..count).map(|_| self.name()).collect()
    }

    fn name(&mut self) -> Unpacked<String> {
        let start = self.at;
        let rest = &self.bytes[start..];
        let Some(length) = rest.iter().position(|byte| *byte == 0) else {
            let (expected, found) = (rest.len() as u64 + 1, rest.len());
            return Err(self.error(Kind::Truncated { expected, found }));
        };
        self.at += length + 1;
        let name = str::from_utf8(&rest[..length]).map_err(|error| Kind::Text(error).at(start))?;
        Ok(name.to_owned())
    }

    fn cell(&mut self) -> Unpacked<MatCell> {
        let (shape, count) = self.shape()?;
        let values = self.children(count as u64)?;
        MatCell::new(shape, values).map_err(|error| self.error(Kind::InvalidShape(error)))
    }

    fn structs(&mut self) -> Unpacked<MatStruct> {
        let (shape, count) = self.shape()?;
        let fields = self.names()?;
        let values = self.children((count as u64).saturating_mul(fields.len() as u64))?;
        MatStruct::new(shape, fields, values).map_err(|error| self.error(Kind::InvalidShape(error)))
    }

    fn records(&mut self) -> Unpacked<Records> {
        let start = self.at;
        let names = self.names()?;
        let fields = names
            .into_iter()
            .map(|name| Ok((name, self.object()?)))
            .collect::<Unpacked<_>>()?;
        Records::new(fields).ok_or(Kind::Fields.at(start))
    }

    fn array(&mut self) -> Unpacked<Array> {
        let (shape, count) = self.shape()?;
        let start = self.at;
        let (code, is_complex) = (self.u32()?, self.u32()? != 0);
        let elements = if is_complex {
            self.complex(code, count, start)?
        } else {
            self.elements(code, count, start)?
        };
        Array::new(shape, elements).map_err(|error| self.error(Kind::InvalidShape(error)))
    }

    fn complex(&mut self, code: u32, count: usize, start: usize) -> Unpacked<Elements> {
        Ok(match code {
            6 => {
                let (re, im) = (self.f64s(count)?, self.f64s(count)?);
                Elements::Complex128(re.into_iter().zip(im).collect())
            }
            7 => {
                let (re, im) = (self.f32s(count)?, self.f32s(count)?);
                Elements::Complex64(re.into_iter().zip(im).collect())
            }
            _ => return Err(Kind::ComplexType(code).at(start)),
        })
    }

    fn elements(&mut self, code: u32, count: usize, start: usize) -> Unpacked<Elements> {
        Ok(match code {
            3 => Elements::Bool(self.numbers(count, |[byte]| byte != 0)?),
            4 => Elements::Char(self.numbers(count, u16::from_le_bytes)?),
            5 => Elements::Objects(self.children(count as u64)?),
            6 => Elements::F64(self.f64s(count)?),
            7 => Elements::F32(self.f32s(count)?),
            8 => Elements::I8(self.numbers(count, i8::from_le_bytes)?),
            9 => Elements::U8(self.numbers(count, u8::from_le_bytes)?),
            10 => Elements::I16(self.numbers(count, i16::from_le_bytes)?),
            11 => Elements::U16(self.numbers(count, u16::from_le_bytes)?),
            12 => Elements::I32(self.numbers(count, i32::from_le_bytes)?),
            13 => Elements::U32(self.numbers(count, u32::from_le_bytes)?),
            14 => Elements::I64(self.numbers(count, i64::from_le_bytes)?),
            15 => Elements::U64(self.numbers(count, u64::from_le_bytes)?),
            _ => {
                let unit = code
                    .checked_sub(65_536)
                    .and_then(|unit| TimeUnit::ALL.get(unit as usize))
                    .ok_or(Kind::UnknownType(code).at(start))?;
                Elements::DateTime64(*unit, self.numbers(count, i64::from_le_bytes)?)
            }
        })
    }

    fn f64s(&mut self, count: usize) -> Unpacked<Vec<f64>> {
        self.numbers(count, f64::from_le_bytes)
    }

    fn f32s(&mut self, count: usize) -> Unpacked<Vec<f32>> {
        self.numbers(count, f32::from_le_bytes)
    }

    fn numbers<T, const N: usize>(
        &mut self,
        count: usize,
        number: impl Fn([u8; N]) -> T,
    ) -> Unpacked<Vec<T>> {
        let bytes = self.slice((count as u64).saturating_mul(N as u64))?;
        let (chunks, _) = bytes.as_chunks::<N>();
        Ok(chunks.iter().map(|chunk| number(*chunk)).collect())
    }
}
