use std::collections::HashMap;
use std::sync::Arc;

use super::{
    Global, ReadPickleError, ReadPickleErrorKind as Kind,
    arena::{Arena, Id, Node, ObjectNode},
    input::Input,
    integer, opcode as op, text,
};

/// The stack machine of a pickle: it builds nodes and calls nothing.
pub(super) struct Machine<'a> {
    input: Input<'a>,
    arena: &'a mut Arena,
    stack: Vec<Id>,
    /// The height of the stack at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    /// Where the length of the last frame stands, and where that frame ends.
    last_frame: Option<(usize, u64)>,
}

/// What [`super::edit`] needs to know of a pickle.
pub(super) struct Trace {
    pub(super) root: Id,
    pub(super) memo: HashMap<u32, Id>,
    /// Where the opcode stands that says stop.
    pub(super) stop: usize,
    pub(super) last_frame: Option<(usize, u64)>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(bytes: &'a [u8], arena: &'a mut Arena) -> Self {
        Self {
            input: Input::new(bytes),
            arena,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            last_frame: None,
        }
    }

    /// Obeys opcodes up to the one that says stop, and returns what is then on top.
    pub(super) fn run(self) -> Result<Id, ReadPickleError> {
        self.trace().map(|trace| trace.root)
    }

    /// As [`Self::run`], and tells how it went.
    pub(super) fn trace(mut self) -> Result<Trace, ReadPickleError> {
        loop {
            let offset = self.input.offset();
            let fail = |opcode, kind| ReadPickleError::new(offset, opcode, kind);
            let opcode = self.input.u8().map_err(|kind| fail(None, kind))?;
            let result = if opcode == op::STOP {
                self.pop().map(Some)
            } else {
                self.step(opcode).map(|()| None)
            };
            if let Some(root) = result.map_err(|kind| fail(Some(opcode), kind))? {
                return Ok(Trace {
                    root,
                    memo: self.memo,
                    stop: offset,
                    last_frame: self.last_frame,
                });
            }
        }
    }

    fn step(&mut self, opcode: u8) -> Result<(), Kind> {
        match opcode {
            op::PROTO => self.protocol(),
            op::FRAME => self.frame(),
            op::MARK => self.mark(),
            op::POP => self.pop_any(),
            op::POP_MARK => self.pop_mark().map(drop),
            op::DUP => self.duplicate(),
            op::GET | op::BINGET | op::LONG_BINGET => self.recall(opcode),
            op::PUT | op::BINPUT | op::LONG_BINPUT | op::MEMOIZE => self.memoize(opcode),
            op::APPEND | op::APPENDS | op::ADDITEMS => self.append(opcode),
            op::SETITEM | op::SETITEMS => self.set_items(opcode),
            op::BUILD => self.build(),
            op::READONLY_BUFFER => self.top().map(drop),
            _ => {
                let node = self.node(opcode)?;
                self.push(node)
            }
        }
    }

    /// Makes the node of an opcode that adds one.
    fn node(&mut self, opcode: u8) -> Result<Node, Kind> {
        match opcode {
            op::NONE => Ok(Node::None),
            op::NEWTRUE => Ok(Node::Bool(true)),
            op::NEWFALSE => Ok(Node::Bool(false)),
            op::INT => self.decimal(),
            op::BININT => Ok(Node::Int(self.input.i32()?.into())),
            op::BININT1 => Ok(Node::Int(self.input.u8()?.into())),
            op::BININT2 => Ok(Node::Int(self.input.u16()?.into())),
            op::LONG => self.long_decimal(),
            op::LONG1 => Ok(integer::from_bytes(self.input.counted_u8()?)),
            op::LONG4 => Ok(integer::from_bytes(self.input.counted_i32()?)),
            op::FLOAT => self.float(),
            op::BINFLOAT => Ok(Node::Float(f64::from_be_bytes(self.input.array()?))),
            op::STRING => text::quoted(self.input.line()?).map(Node::String),
            op::BINSTRING => Ok(Node::String(text::latin_1(self.input.counted_i32()?))),
            op::SHORT_BINSTRING => Ok(Node::String(text::latin_1(self.input.counted_u8()?))),
            op::UNICODE => text::raw_unicode_escape(self.input.line()?).map(Node::String),
            op::SHORT_BINUNICODE => text::utf8(self.input.counted_u8()?).map(Node::String),
            op::BINUNICODE => text::utf8(self.input.counted_u32()?).map(Node::String),
            op::BINUNICODE8 => text::utf8(self.input.counted_u64()?).map(Node::String),
            op::SHORT_BINBYTES => Ok(Node::Bytes(self.input.counted_u8()?.into())),
            op::BINBYTES => Ok(Node::Bytes(self.input.counted_u32()?.into())),
            op::BINBYTES8 => Ok(Node::Bytes(self.input.counted_u64()?.into())),
            op::BYTEARRAY8 => Ok(Node::ByteArray(self.input.counted_u64()?.into())),
            op::EMPTY_LIST => Ok(Node::List(Vec::new())),
            op::EMPTY_TUPLE => Ok(Node::Tuple(Vec::new())),
            op::EMPTY_SET => Ok(Node::Set(Vec::new())),
            op::EMPTY_DICT => Ok(Node::Dict(Vec::new())),
            op::LIST => self.pop_mark().map(Node::List),
            op::TUPLE => self.pop_mark().map(Node::Tuple),
            op::TUPLE1 => self.pop_many(1).map(Node::Tuple),
            op::TUPLE2 => self.pop_many(2).map(Node::Tuple),
            op::TUPLE3 => self.pop_many(3).map(Node::Tuple),
            op::FROZENSET => self.pop_mark().map(Node::FrozenSet),
            op::DICT => pairs(&self.pop_mark()?).map(Node::Dict),
            op::GLOBAL | op::STACK_GLOBAL => self.global(opcode),
            op::REDUCE | op::NEWOBJ | op::NEWOBJ_EX | op::INST | op::OBJ => self.call(opcode),
            op::PERSID => {
                let id = text::utf8(self.input.line()?).map(Node::String)?;
                self.arena.add(id).map(Node::PersistentId)
            }
            op::BINPERSID => self.pop().map(Node::PersistentId),
            op::EXT1 | op::EXT2 | op::EXT4 => Err(Kind::Outside("registered extensions")),
            op::NEXT_BUFFER => Err(Kind::Outside("out-of-band buffers")),
            _ => Err(Kind::UnknownOpcode(opcode)),
        }
    }

    fn protocol(&mut self) -> Result<(), Kind> {
        match self.input.u8()? {
            0..=5 => Ok(()),
            protocol => Err(Kind::UnknownProtocol(protocol)),
        }
    }

    /// Takes the length of a frame, which helps only those who read in pieces.
    fn frame(&mut self) -> Result<(), Kind> {
        let place = self.input.offset();
        let len = self.input.u64()?;
        let end = (self.input.offset() as u64).saturating_add(len);
        self.last_frame = Some((place, end));
        Ok(())
    }

    fn decimal(&mut self) -> Result<Node, Kind> {
        match self.input.line()? {
            b"00" => Ok(Node::Bool(false)),
            b"01" => Ok(Node::Bool(true)),
            digits => integer::from_decimal(digits),
        }
    }

    fn long_decimal(&mut self) -> Result<Node, Kind> {
        let line = self.input.line()?;
        integer::from_decimal(line.strip_suffix(b"L").unwrap_or(line))
    }

    fn float(&mut self) -> Result<Node, Kind> {
        let line = text::latin_1(self.input.line()?);
        let value = line.trim().parse();
        let invalid = |_| Kind::InvalidNumber(line.chars().take(32).collect());
        value.map(Node::Float).map_err(invalid)
    }

    fn global(&mut self, opcode: u8) -> Result<Node, Kind> {
        let [module, name] = if opcode == op::GLOBAL {
            [
                text::utf8(self.input.line()?)?,
                text::utf8(self.input.line()?)?,
            ]
        } else {
            let name = self.pop_text()?;
            [self.pop_text()?, name]
        };
        Ok(Node::Global(Arc::new(Global {
            module: module.as_ref().into(),
            name: name.as_ref().into(),
        })))
    }

    /// Makes the object of a call; the callable is the first on the stack.
    fn call(&mut self, opcode: u8) -> Result<Node, Kind> {
        let mut kwargs = None;
        let (callable, args) = match opcode {
            op::INST => {
                let class = self.global(op::GLOBAL)?;
                let args = Node::Tuple(self.pop_mark()?);
                (self.arena.add(class)?, self.arena.add(args)?)
            }
            op::OBJ => match &self.pop_mark()?[..] {
                [class, args @ ..] => (*class, self.arena.add(Node::Tuple(args.to_vec()))?),
                [] => return Err(Kind::EmptyStack),
            },
            _ => {
                if opcode == op::NEWOBJ_EX {
                    kwargs = Some(self.pop()?);
                }
                let args = self.pop_tuple()?;
                (self.pop()?, args)
            }
        };
        Ok(Node::Object(Box::new(ObjectNode {
            callable,
            args,
            kwargs,
            state: None,
            elements: Vec::new(),
            items: Vec::new(),
        })))
    }

    fn build(&mut self) -> Result<(), Kind> {
        let state = self.pop()?;
        let top = self.top()?;
        match self.arena.node_mut(top) {
            Node::Object(object) => object.state = Some(state),
            other => return Err(wrong("an object", other)),
        }
        Ok(())
    }

    fn append(&mut self, opcode: u8) -> Result<(), Kind> {
        let elements = if opcode == op::APPEND {
            self.pop_many(1)?
        } else {
            self.pop_mark()?
        };
        let top = self.top()?;
        match self.arena.node_mut(top) {
            Node::List(all) | Node::Set(all) => all.extend(elements),
            Node::Object(object) => object.elements.extend(elements),
            other => return Err(wrong("a list or a set", other)),
        }
        Ok(())
    }

    fn set_items(&mut self, opcode: u8) -> Result<(), Kind> {
        let flat = if opcode == op::SETITEM {
            self.pop_many(2)?
        } else {
            self.pop_mark()?
        };
        let items = pairs(&flat)?;
        let top = self.top()?;
        match self.arena.node_mut(top) {
            Node::Dict(all) => all.extend(items),
            Node::Object(object) => object.items.extend(items),
            other => return Err(wrong("a dict", other)),
        }
        Ok(())
    }

    fn recall(&mut self, opcode: u8) -> Result<(), Kind> {
        let place = self.place(opcode)?;
        let id = *self.memo.get(&place).ok_or(Kind::UnknownMemo(place))?;
        self.stack.push(id);
        Ok(())
    }

    fn memoize(&mut self, opcode: u8) -> Result<(), Kind> {
        let place = self.place(opcode)?;
        let top = self.top()?;
        self.memo.insert(place, top);
        Ok(())
    }

    /// Takes a place in the memo; [`op::MEMOIZE`] means the next.
    fn place(&mut self, opcode: u8) -> Result<u32, Kind> {
        match opcode {
            op::GET | op::PUT => {
                let line = text::latin_1(self.input.line()?);
                let place = line.trim().parse();
                place.map_err(|_| Kind::InvalidNumber(line.chars().take(32).collect()))
            }
            op::BINGET | op::BINPUT => Ok(self.input.u8()?.into()),
            op::LONG_BINGET | op::LONG_BINPUT => self.input.u32(),
            _ => u32::try_from(self.memo.len()).map_err(|_| Kind::UnknownMemo(u32::MAX)),
        }
    }

    fn push(&mut self, node: Node) -> Result<(), Kind> {
        self.stack.push(self.arena.add(node)?);
        Ok(())
    }

    fn mark(&mut self) -> Result<(), Kind> {
        self.marks.push(self.stack.len());
        Ok(())
    }

    fn duplicate(&mut self) -> Result<(), Kind> {
        let top = self.top()?;
        self.stack.push(top);
        Ok(())
    }

    /// Removes the value on top, or the mark where that is on top.
    fn pop_any(&mut self) -> Result<(), Kind> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    fn top(&self) -> Result<Id, Kind> {
        match self.stack.last() {
            Some(&id)
                if self
                    .marks
                    .last()
                    .is_none_or(|&mark| mark < self.stack.len()) =>
            {
                Ok(id)
            }
            _ => Err(Kind::EmptyStack),
        }
    }

    fn pop(&mut self) -> Result<Id, Kind> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Id>, Kind> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        let start = self.stack.len().checked_sub(count);
        match start {
            Some(start) if start >= bottom => Ok(self.stack.drain(start..).collect()),
            _ => Err(Kind::EmptyStack),
        }
    }

    /// Removes all above the last mark, and the mark.
    fn pop_mark(&mut self) -> Result<Vec<Id>, Kind> {
        let mark = self.marks.pop().ok_or(Kind::NoMark)?;
        Ok(self.stack.drain(mark..).collect())
    }

    fn pop_tuple(&mut self) -> Result<Id, Kind> {
        let id = self.pop()?;
        match self.arena.node(id) {
            Node::Tuple(_) => Ok(id),
            other => Err(wrong("a tuple of arguments", other)),
        }
    }

    fn pop_text(&mut self) -> Result<Arc<str>, Kind> {
        let id = self.pop()?;
        match self.arena.node(id) {
            Node::String(text) => Ok(text.clone()),
            other => Err(wrong("a string", other)),
        }
    }
}

fn pairs(flat: &[Id]) -> Result<Vec<(Id, Id)>, Kind> {
    let (pairs, rest) = flat.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Kind::EmptyStack);
    }
    Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
}

fn wrong(expected: &'static str, found: &Node) -> Kind {
    Kind::WrongKind {
        expected,
        found: found.kind(),
    }
}
