//! Files as groups and datasets, for formats other than those of pandas: with `h5::container`, the only
//! place that knows the HDF5 crate.

use std::{error::Error, io::Write};

use hdf5_pure::{AttrValue, Datatype, FileBuilder};

/// A group with what is in it.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) attributes: Vec<(&'static str, Attribute)>,
    pub(crate) datasets: Vec<(String, Dataset)>,
    pub(crate) groups: Vec<(String, Self)>,
}

#[derive(Debug)]
pub(crate) enum Attribute {
    Text(String),
    F64(f64),
    I32(i32),
}

#[derive(Debug)]
pub(crate) struct Dataset {
    content: Content,
    shape: Vec<u64>,
    attributes: Vec<(&'static str, Attribute)>,
}

#[derive(Debug)]
enum Content {
    Texts(Vec<String>),
    Raw(Datatype, Vec<u8>),
}

impl Group {
    pub(crate) fn add(&mut self, name: &str, group: Self) {
        self.groups.push((name.into(), group));
    }

    pub(crate) fn set(&mut self, name: &str, dataset: Dataset) {
        self.datasets.push((name.into(), dataset));
    }
}

impl Attribute {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Dataset {
    /// One text.
    pub(crate) fn text(text: &str) -> Self {
        Self::new(Content::Texts(vec![text.into()]), vec![])
    }

    /// A list of texts.
    pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let texts: Vec<String> = texts.into_iter().map(String::from).collect();
        let len = texts.len() as u64;
        Self::new(Content::Texts(texts), vec![len])
    }

    /// Pairs of texts, one after the other.
    pub(crate) fn text_pairs<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let texts: Vec<String> = texts.map(String::from).collect();
        let len = texts.len() as u64 / 2;
        Self::new(Content::Texts(texts), vec![len, 2])
    }

    /// One number.
    pub(crate) fn f64(number: f64) -> Self {
        let bytes = number.to_le_bytes().to_vec();
        Self::new(Content::Raw(hdf5_pure::make_f64_type(), bytes), vec![])
    }

    pub(crate) fn f64s(numbers: &[f64]) -> Self {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
        let content = Content::Raw(hdf5_pure::make_f64_type(), bytes.collect());
        Self::new(content, vec![numbers.len() as u64])
    }

    /// Numbers, the last index of the shape running first.
    pub(crate) fn f64_array(shape: &[usize], numbers: impl Iterator<Item = f64>) -> Self {
        let bytes = numbers.flat_map(f64::to_le_bytes).collect();
        let content = Content::Raw(hdf5_pure::make_f64_type(), bytes);
        Self::new(content, shape.iter().map(|len| *len as u64).collect())
    }

    /// As [`Self::f64_array`].
    pub(crate) fn i64_array(shape: &[usize], numbers: impl Iterator<Item = i64>) -> Self {
        let bytes = numbers.flat_map(i64::to_le_bytes).collect();
        let content = Content::Raw(hdf5_pure::make_i64_type(), bytes);
        Self::new(content, shape.iter().map(|len| *len as u64).collect())
    }

    pub(crate) fn pairs_f64(pairs: &[[f64; 2]]) -> Self {
        let bytes = pairs
            .iter()
            .flatten()
            .flat_map(|number| number.to_le_bytes());
        Self::pairs(hdf5_pure::make_f64_type(), bytes.collect(), pairs.len())
    }

    pub(crate) fn pairs_u16(pairs: &[[u16; 2]]) -> Self {
        let bytes = pairs
            .iter()
            .flatten()
            .flat_map(|number| number.to_le_bytes());
        Self::pairs(hdf5_pure::make_u16_type(), bytes.collect(), pairs.len())
    }

    pub(crate) fn pairs_u8(pairs: &[[u8; 2]]) -> Self {
        let bytes = pairs.iter().flatten().copied();
        Self::pairs(hdf5_pure::make_u8_type(), bytes.collect(), pairs.len())
    }

    fn pairs(datatype: Datatype, bytes: Vec<u8>, len: usize) -> Self {
        Self::new(Content::Raw(datatype, bytes), vec![len as u64, 2])
    }

    const fn new(content: Content, shape: Vec<u64>) -> Self {
        Self {
            content,
            shape,
            attributes: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, attribute: (&'static str, Attribute)) -> Self {
        self.attributes.push(attribute);
        self
    }
}

/// Writes a file, from its first byte to its last.
pub(crate) fn write(out: impl Write, root: Group) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut file = FileBuilder::new();
    for (name, attribute) in root.attributes {
        file.set_attr(name, attribute.into());
    }
    for (name, dataset) in root.datasets {
        dataset.write(file.create_dataset(&name));
    }
    for (name, group) in root.groups {
        let builder = group.build(file.create_group(&name));
        file.add_group(builder.finish());
    }
    Ok(file.finish_to(out)?)
}

impl Group {
    fn build(self, mut builder: hdf5_pure::GroupBuilder) -> hdf5_pure::GroupBuilder {
        for (name, attribute) in self.attributes {
            builder.set_attr(name, attribute.into());
        }
        for (name, dataset) in self.datasets {
            dataset.write(builder.create_dataset(&name));
        }
        for (name, group) in self.groups {
            let inner = group.build(builder.create_group(&name));
            builder.add_group(inner.finish());
        }
        builder
    }
}

impl Dataset {
    fn write(self, builder: &mut hdf5_pure::DatasetBuilder) {
        match self.content {
            Content::Texts(texts) => {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                builder.with_vlen_strings(&texts);
            }
            Content::Raw(datatype, bytes) => {
                let len = self.shape.iter().product();
                builder.with_raw_data(datatype, bytes, len);
            }
        }
        builder.with_shape(&self.shape);
        for (name, attribute) in self.attributes {
            builder.set_attr(name, attribute.into());
        }
    }
}

impl From<Attribute> for AttrValue {
    fn from(attribute: Attribute) -> Self {
        match attribute {
            Attribute::Text(text) => Self::VarLenString(text),
            Attribute::F64(number) => Self::F64(number),
            Attribute::I32(number) => Self::I32(number),
        }
    }
}
