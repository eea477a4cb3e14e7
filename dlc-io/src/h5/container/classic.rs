//! A file with one group with one table, laid out as PyTables' own are: superblock 0, groups by
//! symbol tables, chunks in a tree of version 1, which HDF5 1.8 and MATLAB of any age read.
//!
//! All addresses are known before the first byte is written, so that records go straight through: a
//! chunk is held at a time. What the headers of this layout cannot hold (attributes of 64 kB and
//! more) is left to the HDF5 crate.
//!
//! Format: <https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t2.html>

use std::{io::Write, ops::Range};

use super::writer::{Attributes, IndexType, TableFile, Value};
use crate::{Precision, WritePosesError};

/// What stands where there is no address.
const NOWHERE: u64 = u64::MAX;
const SUPERBLOCK_LEN: u64 = 96;
const GROUP_TREE_LEN: u64 = 24 + 33 * 8 + 32 * 8;
const SYMBOLS_LEN: u64 = 8 + 8 * 40;
const HEAP_LEN: u64 = 32;
/// Children of a node of the tree of chunks.
const CHILDREN: usize = 64;
const CHUNK_TREE_LEN: u64 = 24 + 65 * 24 + 64 * 8;

const MESSAGE_DATASPACE: u16 = 0x01;
const MESSAGE_DATATYPE: u16 = 0x03;
const MESSAGE_FILL_VALUE: u16 = 0x05;
const MESSAGE_LAYOUT: u16 = 0x08;
const MESSAGE_ATTRIBUTE: u16 = 0x0c;
const MESSAGE_SYMBOL_TABLE: u16 = 0x11;

/// Writes a file, from its first byte to its last; `None` when the layout cannot hold it.
pub(super) fn write(
    file: &TableFile<'_>,
    mut out: impl Write,
) -> Option<Result<(), WritePosesError>> {
    let plan = Plan::new(file)?;
    Some(plan.write(file, &mut out).map_err(WritePosesError::Io))
}

/// The headers of a file, and where all lies.
struct Plan {
    head: Vec<u8>,
    /// The nodes of the tree of chunks, the root last.
    tree: Vec<u8>,
    chunks: usize,
}

impl Plan {
    fn new(file: &TableFile<'_>) -> Option<Self> {
        let record_size = file.record_size()?;
        let chunk_size = u32::try_from(file.chunk_len.checked_mul(record_size)?).ok()?;
        let chunks = file.len.div_ceil(file.chunk_len);
        let root_attributes = messages(&file.root)?;
        let group_attributes = messages(&file.group)?;
        let table_attributes = messages(&file.table)?;
        // Where each part lies depends on lengths only: headers are made with any address first.
        let table_header = |tree| -> Option<Vec<u8>> {
            let mut all = vec![
                message(MESSAGE_DATASPACE, &dataspace(file.len))?,
                message(MESSAGE_DATATYPE, &record_type(file)?)?,
                // Memory as chunks come, the fill value written if it is set; it is not.
                message(MESSAGE_FILL_VALUE, &[2, 3, 2, 0])?,
                message(MESSAGE_LAYOUT, &layout(tree, file.chunk_len, record_size)?)?,
            ];
            all.extend(table_attributes.iter().cloned());
            object_header(&all)
        };
        let mut place = SUPERBLOCK_LEN;
        let root = Group::new(file.key, &root_attributes, &mut place)?;
        let group = Group::new("table", &group_attributes, &mut place)?;
        let table = take(&mut place, table_header(NOWHERE)?.len() as u64);
        let tree_place = place;
        let nodes = node_counts(chunks).iter().sum::<usize>() as u64;
        let data = tree_place + nodes * CHUNK_TREE_LEN;
        let tree = chunk_tree(chunks, file.chunk_len as u64, chunk_size, tree_place, data);
        let tree_root = match nodes {
            0 => NOWHERE,
            nodes => tree_place + (nodes - 1) * CHUNK_TREE_LEN,
        };
        let end = data + chunks as u64 * u64::from(chunk_size);
        let mut head = superblock(&root, end);
        root.append(&mut head, file.key, group.header, &root_attributes)?;
        group.append(&mut head, "table", table, &group_attributes)?;
        head.extend(table_header(tree_root)?);
        Some(Self { head, tree, chunks })
    }

    fn write(&self, file: &TableFile<'_>, out: &mut impl Write) -> std::io::Result<()> {
        out.write_all(&self.head)?;
        out.write_all(&self.tree)?;
        let mut chunk = Vec::new();
        for place in 0..self.chunks {
            let start = place * file.chunk_len;
            let rows: Range<usize> = start..file.len.min(start + file.chunk_len);
            let (len, written) = (file.chunk_len, rows.len());
            chunk.clear();
            (file.records)(rows, &mut chunk);
            chunk.resize(chunk.len() / written * len, 0); // the last one is as long as the others
            out.write_all(&chunk)?;
        }
        out.flush()
    }
}

/// Where the parts of a group with one link lie.
struct Group {
    header: u64,
    tree: u64,
    heap: u64,
    symbols: u64,
    names: u64,
}

impl Group {
    fn new(link: &str, attributes: &[Vec<u8>], place: &mut u64) -> Option<Self> {
        let header_len = object_header(&with_symbols(0, 0, attributes)?)?.len();
        Some(Self {
            header: take(place, header_len as u64),
            tree: take(place, GROUP_TREE_LEN),
            heap: take(place, HEAP_LEN),
            names: take(place, names(link).len() as u64),
            symbols: take(place, SYMBOLS_LEN),
        })
    }

    fn append(
        &self,
        head: &mut Vec<u8>,
        link: &str,
        object: u64,
        attributes: &[Vec<u8>],
    ) -> Option<()> {
        head.extend(object_header(&with_symbols(
            self.tree, self.heap, attributes,
        )?)?);

        let tree = head.len();
        head.extend(b"TREE\0\0\x01\0"); // of symbols, at level 0, one child
        put(head, &[NOWHERE, NOWHERE, 0, self.symbols, 8]); // from the empty name to the link's
        head.resize(tree + usize::try_from(GROUP_TREE_LEN).ok()?, 0);

        let names = names(link);
        head.extend(b"HEAP\0\0\0\0");
        put(head, &[names.len() as u64, 1, self.names]); // 1: nothing is free
        head.extend(names);

        let symbols = head.len();
        head.extend(b"SNOD\x01\0\x01\0");
        put(head, &[8, object, 0, 0, 0]); // the name's place, the object, nothing cached
        head.resize(symbols + usize::try_from(SYMBOLS_LEN).ok()?, 0);
        Some(())
    }
}

/// Returns a place and moves on.
fn take(place: &mut u64, len: u64) -> u64 {
    let taken = *place;
    *place += len;
    taken
}

fn put(bytes: &mut Vec<u8>, words: &[u64]) {
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
}

/// The names of a group: the empty one, and that of its link.
fn names(link: &str) -> Vec<u8> {
    let mut names = vec![0; 8];
    names.extend(link.as_bytes());
    names.push(0);
    pad(&mut names);
    names
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(8), 0);
}

fn superblock(root: &Group, end: u64) -> Vec<u8> {
    let mut block = b"\x89HDF\r\n\x1a\n".to_vec();
    block.extend([0, 0, 0, 0, 0, 8, 8, 0]); // versions; addresses and lengths of 8 bytes
    block.extend([4, 0, 16, 0, 0, 0, 0, 0]); // half the symbols in a leaf, half the children
    put(&mut block, &[0, NOWHERE, end, NOWHERE, 0, root.header]);
    block.extend([1, 0, 0, 0, 0, 0, 0, 0]); // tree and heap of the root are cached here
    put(&mut block, &[root.tree, root.heap]);
    block
}

/// Returns an object header of version 1.
fn object_header(messages: &[Vec<u8>]) -> Option<Vec<u8>> {
    let len = messages.iter().map(Vec::len).sum::<usize>();
    let mut header = vec![1, 0];
    header.extend(u16::try_from(messages.len()).ok()?.to_le_bytes());
    header.extend(1_u32.to_le_bytes()); // one link leads here
    header.extend(u32::try_from(len).ok()?.to_le_bytes());
    pad(&mut header);
    header.extend(messages.concat());
    Some(header)
}

fn with_symbols(tree: u64, heap: u64, attributes: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let mut symbols = Vec::new();
    put(&mut symbols, &[tree, heap]);
    let mut all = vec![message(MESSAGE_SYMBOL_TABLE, &symbols)?];
    all.extend(attributes.iter().cloned());
    Some(all)
}

fn message(kind: u16, content: &[u8]) -> Option<Vec<u8>> {
    let mut content = content.to_vec();
    pad(&mut content);
    let mut message = kind.to_le_bytes().to_vec();
    message.extend(u16::try_from(content.len()).ok()?.to_le_bytes());
    message.extend([0; 4]);
    message.extend(content);
    Some(message)
}

fn messages(attributes: &Attributes) -> Option<Vec<Vec<u8>>> {
    let attributes = attributes.iter();
    attributes
        .map(|(name, value)| message(MESSAGE_ATTRIBUTE, &attribute(name, value)?))
        .collect()
}

/// Returns an attribute with one value.
fn attribute(name: &str, value: &Value) -> Option<Vec<u8>> {
    const ASCII: u8 = 0;
    const UTF_8: u8 = 1;
    let (datatype, bytes) = match value {
        Value::Text(text) => (text_type(text.len(), UTF_8)?, text.as_bytes().to_vec()),
        Value::OwnText(text) => (text_type(text.len(), UTF_8)?, text.as_bytes().to_vec()),
        Value::Pickle(text) => (text_type(text.len(), ASCII)?, text.as_bytes().to_vec()),
        Value::Integer(value) => (integer_type(), value.to_le_bytes().to_vec()),
        Value::Zero(precision) => (float_type(*precision), vec![0; precision.size()]),
        Value::True => return None, // no table has one
    };
    const SCALAR: [u8; 8] = [1, 0, 0, 0, 0, 0, 0, 0];
    let mut attribute = vec![1, 0];
    for len in [name.len() + 1, datatype.len(), SCALAR.len()] {
        attribute.extend(u16::try_from(len).ok()?.to_le_bytes());
    }
    attribute.extend(name.as_bytes());
    attribute.push(0);
    pad(&mut attribute);
    attribute.extend(datatype);
    pad(&mut attribute);
    attribute.extend(SCALAR);
    attribute.extend(bytes);
    Some(attribute)
}

/// Returns the space of a table that can grow.
fn dataspace(len: usize) -> Vec<u8> {
    let mut space = vec![1, 1, 1, 0, 0, 0, 0, 0]; // one dimension, with its largest length
    put(&mut space, &[len as u64, u64::MAX]);
    space
}

/// Returns the layout of chunks.
fn layout(tree: u64, chunk_len: usize, record_size: usize) -> Option<Vec<u8>> {
    let mut layout = vec![3, 2, 2]; // version 3, chunked, records and bytes of one
    put(&mut layout, &[tree]);
    for len in [chunk_len, record_size] {
        layout.extend(u32::try_from(len).ok()?.to_le_bytes());
    }
    Some(layout)
}

fn text_type(len: usize, charset: u8) -> Option<Vec<u8>> {
    let mut datatype = vec![0x13, charset << 4, 0, 0]; // ends with a zero where there is room
    datatype.extend(u32::try_from(len.max(1)).ok()?.to_le_bytes());
    Some(datatype)
}

fn integer_type() -> Vec<u8> {
    vec![0x10, 0x08, 0, 0, 8, 0, 0, 0, 0, 0, 64, 0]
}

/// IEEE 754, little-endian: bits in all, where exponent and mantissa begin and end, and the bias.
fn float_type(precision: Precision) -> Vec<u8> {
    match precision {
        Precision::F32 => vec![
            0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0,
        ],
        Precision::F64 => vec![
            0x11, 0x20, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 0x03, 0, 0,
        ],
    }
}

/// Returns the type of a record: its index and its numbers.
fn record_type(file: &TableFile<'_>) -> Option<Vec<u8>> {
    let index = match file.index {
        IndexType::Integer => integer_type(),
        IndexType::Real => float_type(Precision::F64),
        IndexType::Text(len) => text_type(len, 0)?,
    };
    let numbers_len = file.columns.checked_mul(file.precision.size())?;
    let mut numbers = vec![0x2a, 0, 0, 0];
    numbers.extend(u32::try_from(numbers_len).ok()?.to_le_bytes());
    numbers.extend([1, 0, 0, 0]); // one dimension
    numbers.extend(u32::try_from(file.columns).ok()?.to_le_bytes());
    numbers.extend([0; 4]);
    numbers.extend(float_type(file.precision));

    let mut datatype = vec![0x26, 2, 0, 0]; // two fields
    datatype.extend(u32::try_from(file.record_size()?).ok()?.to_le_bytes());
    let index_len = file.index.size();
    for (name, offset, field) in [
        (file.fields[0], 0, index),
        (file.fields[1], index_len, numbers),
    ] {
        let mut padded = name.as_bytes().to_vec();
        padded.push(0);
        pad(&mut padded);
        datatype.extend(padded);
        datatype.extend(u32::try_from(offset).ok()?.to_le_bytes());
        datatype.extend(field);
    }
    Some(datatype)
}

/// Returns the number of nodes on each level of the tree of chunks, the leaves first.
fn node_counts(chunks: usize) -> Vec<usize> {
    let mut counts = Vec::new();
    let mut below = chunks;
    while below > 0 && counts.last() != Some(&1) {
        below = below.div_ceil(CHILDREN);
        counts.push(below);
    }
    counts
}

/// Returns the nodes of the tree of chunks, level by level, the leaves first.
fn chunk_tree(chunks: usize, chunk_len: u64, chunk_size: u32, place: u64, data: u64) -> Vec<u8> {
    let mut tree = Vec::new();
    // The first chunk below each child, and where the child lies.
    let chunk_places = (0..chunks as u64).map(|i| (i, data + i * u64::from(chunk_size)));
    let mut children: Vec<(u64, u64)> = chunk_places.collect();
    for (level, count) in node_counts(chunks).into_iter().enumerate() {
        let level_place = place + tree.len() as u64;
        let node_place = |node: usize| level_place + node as u64 * CHUNK_TREE_LEN;
        let mut nodes = Vec::with_capacity(count);
        for (node, children_of) in children.chunks(CHILDREN).enumerate() {
            let start = tree.len();
            tree.extend(b"TREE\x01");
            tree.push(u8::try_from(level).expect("a file has few levels"));
            let used = u16::try_from(children_of.len()).expect("a node has few children");
            tree.extend(used.to_le_bytes());
            let left = node.checked_sub(1).map_or(NOWHERE, node_place);
            let right = (node + 1 < count).then(|| node_place(node + 1));
            put(&mut tree, &[left, right.unwrap_or(NOWHERE)]);
            for &(first, address) in children_of {
                key(&mut tree, chunk_size, first * chunk_len);
                put(&mut tree, &[address]);
            }
            let next = children.get((node + 1) * CHILDREN);
            let next = next.map_or(chunks as u64, |child| child.0);
            key(
                &mut tree,
                if next < chunks as u64 { chunk_size } else { 0 },
                next * chunk_len,
            );
            let len = usize::try_from(CHUNK_TREE_LEN).expect("a node is short");
            tree.resize(start + len, 0);
            nodes.push((children_of[0].0, node_place(node)));
        }
        children = nodes;
    }
    tree
}

/// Appends the key of a chunk: its size, no filters left out, and its first record.
fn key(tree: &mut Vec<u8>, size: u32, record: u64) {
    tree.extend(size.to_le_bytes());
    tree.extend([0; 4]);
    put(tree, &[record, 0]);
}
