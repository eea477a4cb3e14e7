use hdf5_pure::{Datatype, DatatypeByteOrder, FixedPointLayout, FloatingPointLayout};

use crate::pickle::{Dtype, DtypeKind};

/// IEEE 754's numbers of 16 bits.
const BINARY16: FloatingPointLayout = FloatingPointLayout {
    bit_offset: 0,
    bit_precision: 16,
    exponent_location: 10,
    exponent_size: 5,
    mantissa_location: 0,
    mantissa_size: 10,
    exponent_bias: 15,
};

/// Returns how a number of this type is stored, or `None` when it is none of numpy's plain ones.
pub(super) fn dtype(datatype: &Datatype) -> Option<Dtype> {
    let (kind, size, order) = match datatype {
        Datatype::FixedPoint {
            size,
            byte_order,
            layout,
        } => (integer_kind(*size, layout)?, *size, byte_order),
        Datatype::FloatingPoint {
            size,
            byte_order,
            layout,
        } => (float_kind(*size, layout)?, *size, byte_order),
        // What PyTables keeps bools as.
        Datatype::BitField {
            size: 1,
            byte_order,
            ..
        } => (DtypeKind::Bool, 1, byte_order),
        // What h5py keeps bools as.
        Datatype::Enumeration {
            size: 1, members, ..
        } if members.len() == 2 => (DtypeKind::Bool, 1, &DatatypeByteOrder::LittleEndian),
        _ => return None,
    };
    let is_big_endian = match order {
        DatatypeByteOrder::LittleEndian => false,
        DatatypeByteOrder::BigEndian => true,
        _ => return None,
    };
    Some(Dtype {
        kind,
        size: size as usize,
        is_big_endian,
    })
}

fn integer_kind(size: u32, layout: &FixedPointLayout) -> Option<DtypeKind> {
    let known = matches!(size, 1 | 2 | 4 | 8);
    let plain = known && layout.bit_offset == 0 && u32::from(layout.bit_precision) == 8 * size;
    let kind = match layout.signed {
        true => DtypeKind::Int,
        false => DtypeKind::Uint,
    };
    plain.then_some(kind)
}

fn float_kind(size: u32, layout: &FloatingPointLayout) -> Option<DtypeKind> {
    let expected = match size {
        2 => BINARY16,
        4 => FloatingPointLayout::IEEE754_BINARY32,
        8 => FloatingPointLayout::IEEE754_BINARY64,
        _ => return None,
    };
    (*layout == expected).then_some(DtypeKind::Float)
}
